import { expect, test } from "vitest";
import type { PlanView, Role } from "@/lib/api/types";
import { diffLines, requirementOf, standingOf, toType, whyNot } from "./view";

const NOW = Date.parse("2026-03-01T12:00:00Z");
type Judgement = NonNullable<PlanView["ruling"]>["judgements"][number];

function judgement(more: Partial<Judgement> = {}): Judgement {
  return { step: 0, verdict: "needs_approval", rule: "r", sentence: "", matched: [], roles: ["approver", "admin"], people: 1, self_approval: true, autonomy: "approve", autonomy_by: "", by_rules: null, inputs: [], ...more };
}

function plan(judgements: Judgement[], yes: string[] = [], expires = "2026-03-01T13:00:00Z"): PlanView {
  const approvals = yes.map((name) => ({
    incident_id: "inc", plan_digest: "d", answer: "yes" as const, by: { name, role: "approver" as Role }, reason: "", at: "2026-03-01T11:00:00Z", expires_at: expires,
  }));
  const ruling = { verdict: "needs_approval", judgements, plan_digest: "d", law_digest: "l", approval_expires_after_seconds: 60 } as const;
  return { digest: "d", newest: true, approvals, steps: [], verifications: [], ruling, plan: { steps: [] } } as unknown as PlanView;
}

test("the strictest step says who must answer, and how many", () => {
  expect(requirementOf(plan([judgement(), judgement({ roles: ["admin"], people: 2 })]))).toEqual({ role: "admin", people: 2 });
});

test("a yes that has run out does not count, the same person counts once", () => {
  const two = [judgement({ people: 2 })];
  expect(standingOf(plan(two, ["ana", "ana"]), "awaiting_approval", NOW)).toMatchObject({ is: "waiting", yes: ["ana"], missing: 1 });
  expect(standingOf(plan(two, ["ana"], "2026-03-01T11:59:00Z"), "awaiting_approval", NOW)).toMatchObject({ yes: [], missing: 2 });
});

test("nothing is asked where the incident does not wait, or a newer plan is there", () => {
  expect(standingOf(plan([judgement()]), "remediating", NOW).is).toBe("settled");
  expect(standingOf({ ...plan([judgement()]), newest: false }, "awaiting_approval", NOW).is).toBe("settled");
});

test("somebody below the rank is told so before they try", () => {
  expect(whyNot(plan([judgement()]), "responder", "bo", NOW)).toContain("needs the role approver");
  expect(whyNot(plan([judgement()]), "approver", "bo", NOW)).toBe("");
  expect(whyNot(plan([judgement({ people: 2 })], ["bo"]), "admin", "bo", NOW)).toContain("somebody else");
});

test("where the law wants somebody else's yes, whoever asked for the plan is told so before they try", () => {
  const asked = (self_approval: boolean) => {
    const view = plan([judgement({ self_approval })]);
    return { ...view, ruling: { ...view.ruling, facts: { requested_by: ["ana"] } } } as unknown as PlanView;
  };
  expect(whyNot(asked(false), "admin", "ana", NOW)).toContain("somebody else");
  expect(whyNot(asked(false), "admin", "bo", NOW)).toBe("");
  expect(whyNot(asked(true), "admin", "ana", NOW)).toBe("");
});

test("the name of every target of a step of high risk must be typed, each once, and of no other", () => {
  const steps = [
    { risk: "low", target: { name: "cart" } },
    { risk: "high", target: { name: "orders" } },
    { risk: "high", target: { name: "node-1" } },
    { risk: "high", target: { name: "orders" } },
  ];
  expect(toType({ plan: { steps } } as unknown as PlanView)).toEqual(["orders", "node-1"]);
  expect(toType({ plan: { steps: steps.slice(0, 1) } } as unknown as PlanView)).toEqual([]);
});

test("a diff's lines are told apart", () => {
  expect(diffLines("--- a\n+++ b\n@@ -1 @@\n-x\n+y\n z").map((line) => line.is)).toEqual(["head", "head", "head", "removed", "added", "kept"]);
});
