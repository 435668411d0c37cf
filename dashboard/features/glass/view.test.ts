import { describe, expect, test } from "vitest";
import type { PlanView, Role } from "@/lib/api/types";
import { standingOf } from "@/features/plans/view";
import { lacks, overrides } from "./view";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const WAITS = "awaiting_approval";
const ana = { name: "ana", role: "approver" as Role };

interface Told {
  roles?: string[];
  people?: number;
  yes?: [name: string, role: Role, until?: string][];
  askedBy?: string;
  more?: Record<string, unknown>;
}

function plan({ roles = ["approver"], people = 1, yes = [], askedBy = "", more = {} }: Told): PlanView {
  const approvals = yes.map(([name, role, until = "2026-03-01T13:00:00Z"]) => ({ answer: "yes", by: { name, role }, reason: "", expires_at: until }));
  const judgements = [{ step: 0, verdict: "needs_approval", roles, people, self_approval: askedBy === "" }];
  return { digest: "d", newest: true, approvals, ruling: { verdict: "needs_approval", judgements, facts: { requested_by: [askedBy] } }, plan: { steps: [] }, ...more } as unknown as PlanView;
}

describe("the glass is there", () => {
  test("where two people are asked for and one is there", () => {
    expect(overrides(plan({ people: 2 }), WAITS, ana, NOW)).toEqual(["It asks for the yes of 2 different people; so far nobody else has said yes."]);
  });

  test("where a higher role is asked for", () => {
    expect(overrides(plan({ roles: ["admin"] }), WAITS, ana, NOW)).toEqual(["It asks for the role admin; you are approver."]);
  });

  test("where nobody may say yes to their own request", () => {
    expect(overrides(plan({ askedBy: "ana" }), WAITS, ana, NOW)).toEqual(["You asked for this plan, and it wants the yes of somebody else."]);
  });

  test("where another's yes has run out, or was of too low a role", () => {
    expect(overrides(plan({ people: 2, yes: [["ben", "admin", "2026-03-01T11:59:00Z"]] }), WAITS, ana, NOW)).toHaveLength(1);
    expect(overrides(plan({ people: 2, yes: [["ben", "responder"]] }), WAITS, ana, NOW)).toHaveLength(1);
  });
});

describe("there is no glass", () => {
  test("where an ordinary yes is enough, alone or as the last", () => {
    expect(overrides(plan({}), WAITS, ana, NOW)).toEqual([]);
    expect(overrides(plan({ people: 2, yes: [["ben", "admin"]] }), WAITS, ana, NOW)).toEqual([]);
  });

  test.each(["viewer", "responder", null] as const)("for the role %s", (role) => {
    expect(overrides(plan({ people: 2 }), WAITS, { name: "vi", role }, NOW)).toEqual([]);
  });

  test("over what the law denies, whatever else it asks for", () => {
    const view = plan({ people: 2 });
    expect(overrides({ ...view, ruling: { ...view.ruling!, verdict: "denied" } }, WAITS, ana, NOW)).toEqual([]);
  });

  test("over a plan that was rejected, replaced, or does not wait", () => {
    const no = { approvals: [{ answer: "no", by: { name: "ben" }, reason: "" }] };
    expect(overrides(plan({ people: 2, more: no }), WAITS, ana, NOW)).toEqual([]);
    expect(overrides(plan({ people: 2, more: { newest: false } }), WAITS, ana, NOW)).toEqual([]);
    expect(overrides(plan({ people: 2 }), "remediating", ana, NOW)).toEqual([]);
  });
});

test("a glass that was broken is said of the plan, and offered again only when it has run out", () => {
  const broken = (until: string) => plan({ people: 2, more: { approvals: [{ answer: "yes", by: ana, reason: "the shop is down", break_glass: true, expires_at: until }] } });
  const standing = broken("2026-03-01T12:10:00Z");
  expect(standingOf(standing, WAITS, NOW)).toEqual({ is: "settled", said: "ana broke the glass and approved it alone: the shop is down." });
  expect(standingOf(standing, "remediating", NOW)).toMatchObject({ said: expect.stringContaining("broke the glass") });
  expect(overrides(standing, WAITS, ana, NOW)).toEqual([]);
  expect(overrides(broken("2026-03-01T11:50:00Z"), WAITS, ana, NOW)).toHaveLength(1);
});

test("nothing is sent before reason, credential and every name are there, and what lacks is named", () => {
  const whole = { reason: "the shop is down", credential: "s3cret", typed: { orders: "orders" } };
  expect(lacks(whole, ["orders"])).toBe("");
  expect(lacks({ ...whole, reason: "  too few   " }, ["orders"])).toContain("at least 10 characters");
  expect(lacks({ ...whole, credential: "" }, ["orders"])).toContain("password");
  expect(lacks(whole, ["orders", "node-1"])).toBe("Still missing: the name node-1.");
});
