import { expect, test } from "vitest";
import type { Incident, PlanView } from "@/lib/api/types";
import { asked, waitsFor } from "./waiting";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const LATER = "2026-03-01T13:00:00Z";

function waits(id: string, roles: string[], people = 1, yes: string[] = []) {
  const plan = {
    newest: true,
    ruling: { verdict: "needs_approval", judgements: [{ step: 0, verdict: "needs_approval", roles, people }] },
    approvals: yes.map((name) => ({ answer: "yes", by: { name }, expires_at: LATER })),
  } as unknown as PlanView;
  return { incident: { id } as Incident, plan };
}

test("what my role may answer waits for me, what it may not for somebody else, and why is said", () => {
  const found = waitsFor([waits("a", ["approver"]), waits("b", ["admin"])], "approver", "ana", NOW);
  expect(found.mine.map((each) => each.id)).toEqual(["a"]);
  expect(found.others.map((each) => [each.incident.id, each.why])).toEqual([["b", "Approving needs the role admin; you have approver."]]);
});

test("after my yes to a plan for two, it waits for somebody else", () => {
  expect(waitsFor([waits("a", ["approver"], 2, ["ana"])], "approver", "ana", NOW).others).toHaveLength(1);
  expect(waitsFor([waits("a", ["approver"], 2, ["ben"])], "approver", "ana", NOW).mine).toHaveLength(1);
});

test("a plan that is not known yet waits for everybody", () => {
  expect(waitsFor([{ incident: { id: "a" } as Incident, plan: null }], "viewer", "vi", NOW).mine).toHaveLength(1);
});

test("the newest plan is the one that is asked about", () => {
  expect(asked([{ newest: false }, { newest: true, digest: "n" }] as unknown as PlanView[])?.digest).toBe("n");
  expect(asked([])).toBeNull();
});
