import { expect, test } from "vitest";
import type { FiledAlert, Hypothesis, Incident, PlanView } from "@/lib/api/types";
import { briefOf } from "./brief";

const OOM = "Its container is killed for exceeding 64Mi.";
const incidentOf = (told: object = {}) =>
  ({ title: "OomKiller on catalog", status: "awaiting_approval", question: "", summary: "", cause: null, cause_entity: null, confidence: null, outcome: null, closed_at: null, ...told }) as unknown as Incident;
const FOUND = { cause: "oom_killed", cause_entity: { kind: "Deployment", namespace: "shop", name: "catalog" }, confidence: 0.99, summary: OOM };
const alertOf = (summary: string, status = "firing", more: object = {}) => ({ alert: { status, labels: { alertname: "A" }, annotations: { summary, ...more } } }) as unknown as FiledAlert;
const likely = (statement: string, told: object = {}) => ({ statement, confidence: 0.45, ruled_out_by: null, ...told }) as unknown as Hypothesis;
const planOf = (steps: readonly string[], states: readonly string[] = [], call: object | null = {}) =>
  ({ newest: true, plan: { steps: steps.map((statement, index) => ({ statement, index, call })) }, steps: states.map((state, index) => ({ state, index })) }) as unknown as PlanView;

test("what is wrong is told in the alerts' words, each kind once, those that still fire first", () => {
  const alerts = [alertOf("Slow.", "resolved"), alertOf("Out of memory."), alertOf("Out of memory."), alertOf("Crashing.")];
  expect(briefOf(incidentOf(), alerts, [], []).wrong).toBe("Out of memory. Crashing. And 1 more kind of alert.");
  expect(briefOf(incidentOf(), [], [], []).wrong).toBe("OomKiller on catalog");
  expect(briefOf(incidentOf({ question: "why is it slow?" }), alerts, [], []).wrong).toBe("why is it slow?");
  expect(briefOf(incidentOf(), [alertOf("", "firing", { description: "By its description." })], [], []).wrong).toBe("By its description.");
});

test("why is the sentence of the likeliest cause, with its name and how sure it is", () => {
  const told = briefOf(incidentOf(FOUND), [], [likely("Ruled out.", { ruled_out_by: "a test" }), likely(OOM)], []);
  expect([told.why, told.cause]).toEqual([OOM, "oom_killed of Deployment shop/catalog, 99 % sure"]);
});

test("while no cause stands it is said how far the search is, and nothing is called the cause", () => {
  expect(briefOf(incidentOf(), [], [], []).why).toBe("Not known yet: the agent is looking.");
  const unsure = briefOf(incidentOf(), [], [likely("A leak.")], []);
  expect([unsure.why, unsure.cause]).toEqual(["Not certain yet. Most likely so far (45 %): A leak.", ""]);
  expect(briefOf(incidentOf({ closed_at: "2026-03-01T12:00:00Z" }), [], [], []).why).toBe("No cause was named.");
});

test.each([
  [{}, undefined, "What it wants to do", ["Nothing yet: a plan is made when a cause stands."]],
  [{}, planOf(["Revert #7.", "Merge it."]), "What it wants to do", ["Revert #7.", "Merge it."]],
  [{}, planOf(["Revert #7.", "Merge it."], ["done"]), "What it does", ["Revert #7. (done)", "Merge it."]],
  [{}, planOf(["Issue a certificate."], [], null), "What people have to do", ["Issue a certificate."]],
  [{}, planOf([]), "What it wants to do", ["Nothing: no step of this plan can be done safely."]],
  [{ closed_at: "2026-03-01T12:00:00Z" }, planOf(["Revert #7.", "Merge it."], ["undone"]), "What it did", ["Revert #7. (undone)", "Merge it. (not done)"]],
  [{ closed_at: "2026-03-01T12:00:00Z" }, undefined, "What it did", ["Nothing: no plan was made."]],
])("what it wants to do, does, did, or leaves to people: %j", (told, plan, label, lines) => {
  expect(briefOf(incidentOf(told), [], [], plan ? [plan] : []).wants).toEqual({ label, lines });
});

test("how it ended is told once, without the cause and without the steps that people have to take", () => {
  const ended = { ...FOUND, closed_at: "2026-03-01T12:00:00Z", status: "resolved", outcome: "recovered" };
  expect(briefOf(incidentOf({ ...ended, summary: `${OOM} Recovered. All 20 checks hold.` }), [], [likely(OOM)], []).ended).toBe("Recovered. All 20 checks hold.");
  expect(briefOf(incidentOf({ ...ended, outcome: "no_safe_action" }), [], [likely(OOM)], [planOf(["Issue a certificate."], [], null)]).ended).toBe("no safe action: handed to people");
  const unknown = briefOf(incidentOf({ closed_at: "2026-03-01T12:00:00Z", status: "escalated", outcome: "insufficient_evidence", summary: "not enough could be seen: log lines" }), [], [], []);
  expect([unknown.why, unknown.ended]).toEqual(["not enough could be seen: log lines", "insufficient evidence"]);
  expect(briefOf(incidentOf(FOUND), [], [likely(OOM)], []).ended).toBe("");
});
