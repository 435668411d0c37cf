import { expect, test } from "vitest";
import { heardInOrder, placeOf, rulesAbout, simulationSentence, termsSentence, verdictOf, type Heard, type Rule, type Simulation } from "./view";

const rule = (changes: Partial<Rule>): Rule => ({ id: "r", when: "true", verdict: "allowed", reason: "", covers: ["steps"], approval: null, file: "/etc/law/policies.yaml", line: 12, ...changes });
const heard = (id: string, answer: Heard["answer"]): Heard => ({ id, kind: "rule", says: "", answer, why: "", when: "", file: "", line: 0 });
const simulated = (changes: Partial<Simulation>): Simulation => ({ law_digest: "", plans: 10, unjudged: 0, counts: {}, looser: 0, stricter: 0, changes: [], ...changes });

test("a rule is found by any of its words and by its file and line", () => {
  const rules = [rule({ id: "no-deletes", verdict: "denied" }), rule({ id: "restarts" })];
  expect(rulesAbout(rules, "denied delete").map((each) => each.id)).toEqual(["no-deletes"]);
  expect(rulesAbout(rules, "policies.yaml:12")).toHaveLength(2);
  expect(placeOf(rule({}))).toBe("policies.yaml:12");
  expect(placeOf({ file: "", line: 0 })).toBe("the law's own ground");
});

test("terms say how many, who, and how long", () => {
  expect(termsSentence({ roles: ["approver", "admin"], people: 2, expires_seconds: 3600, self_approval: false })).toBe(
    "2 different people of role approver or admin, none of whom asked for it; a yes stands 60 min",
  );
  expect(termsSentence({ roles: ["approver"], people: 1, expires_seconds: 600, self_approval: true })).toBe("one approver; a yes stands 10 min");
});

test("clauses that spoke come before those that had nothing to say", () => {
  const found = heardInOrder([heard("a", "no"), heard("b", "no_answer"), heard("c", "yes"), heard("d", "not_about")]);
  expect([found.telling.map((each) => each.id), found.rest.map((each) => each.id)]).toEqual([["c", "b"], ["a", "d"]]);
});

test("a try against nothing says so, and what could not be judged is not hidden", () => {
  expect(simulationSentence(simulated({ plans: 0 }))).toContain("No past plan");
  expect(simulationSentence(simulated({ unjudged: 2 }))).toContain("2 could not be judged");
  expect(verdictOf("needs_approval")).toEqual(["warn", "needs approval"]);
});
