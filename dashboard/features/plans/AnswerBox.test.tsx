// @vitest-environment happy-dom
import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Incident, JournalEntry, Role } from "@/lib/api/types";
import { drawn, late, type Answers } from "@/lib/testing/wire";
import { Plans } from "./Plans";

const INCIDENT = { id: "inc_1", status: "awaiting_approval", closed_at: null, summary: "" } as unknown as Incident;
const PLANS = "GET /api/v1/incidents/inc_1/plans";
const APPROVE = "POST /api/v1/incidents/inc_1/approve";
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

interface Told {
  people?: number;
  yes?: readonly string[];
  risk?: "low" | "high";
}

function planOf({ people = 1, yes = [], risk = "low" }: Told) {
  const step = {
    key: "s", index: 0, statement: "Restart orders", risk, target: { kind: "Deployment", name: "orders", namespace: "shop" }, call: null,
    undo: { statement: "none" }, verified_by: [], warnings: [], diff: "",
    blast_radius: { pods: 2, away: 1, ready: 2, replicas_before: null, replicas_after: null, share_of_capacity: null, services: [], dependants: [], budget: "none", notes: [] },
  };
  const judgement = { step: 0, verdict: "needs_approval", rule: "asks", sentence: "People decide.", roles: ["approver"], people, self_approval: true, autonomy: "approve", autonomy_by: "", inputs: [] };
  return {
    digest: "d".repeat(64), newest: true, steps: [], verifications: [],
    approvals: yes.map((name) => ({ answer: "yes", by: { name, role: "approver" }, reason: "go ahead", at: "2026-03-01T12:00:06Z", expires_at: IN_AN_HOUR })),
    ruling: { verdict: "needs_approval", judgements: [judgement], facts: { requested_by: [] } },
    plan: { attempt: 1, made_at: "2026-03-01T12:00:00Z", steps: [step], if_nothing_is_done: "", alternatives: [] },
  };
}

interface There {
  role?: Role;
  entries?: readonly JournalEntry[];
  incident?: Incident;
}

async function shown(told: Told, answers: Answers = {}, { role = "approver", entries = [], incident = INCIDENT }: There = {}) {
  const asked = await drawn(<Plans incident={incident} entries={entries} />, { [PLANS]: { body: { items: [planOf(told)] } }, ...answers }, role);
  await screen.findByText("Restart orders", { exact: false });
  return asked;
}

const approve = () => screen.getByRole<HTMLButtonElement>("button", { name: "Approve" });

test("the button says what the server did, and nothing before the server said it", async () => {
  const { answer, come } = late();
  const asked = await shown({ people: 2 }, { [APPROVE]: answer });
  fireEvent.click(approve());
  const sending = await screen.findByRole<HTMLButtonElement>("button", { name: "Sending the yes …" });
  expect(sending.disabled).toBe(true);
  expect(screen.queryByText("On file", { exact: false })).toBeNull();
  come({ body: { answer: "yes", by: "ana", people: 1, people_needed: 2 } });
  await screen.findByText("On file: yes by ana, 1 of 2.");
  expect(asked.find((each) => each.path.endsWith("/approve"))?.body).toEqual({ plan_digest: "d".repeat(64), reason: "" });
});

test("a yes that the server did not take is told as not taken, in the server's words", async () => {
  await shown({}, { [APPROVE]: { status: 409, body: { detail: "the plan is no longer the newest" } } });
  fireEvent.click(approve());
  await screen.findByText("Not taken: the plan is no longer the newest");
  expect(screen.queryByText("On file", { exact: false })).toBeNull();
});

test("a line that is down is no yes", async () => {
  await shown({}, { [APPROVE]: null });
  fireEvent.click(approve());
  await screen.findByText("Not taken: the API does not answer");
});

test("of two people it is said who has answered and how many are missing; who has answered cannot answer twice", async () => {
  await shown({ people: 2, yes: ["ana"] });
  expect(screen.getByText("Yes so far: ana; 1 missing", { exact: false })).toBeTruthy();
  expect(approve().disabled).toBe(true);
  expect(screen.getByText("You have said yes; somebody else must, too.")).toBeTruthy();
});

test("a step of high risk is approved only after its target's name was typed", async () => {
  await shown({ risk: "high" });
  const box = screen.getByLabelText("A step is of high risk: type orders to approve");
  expect(approve().disabled).toBe(true);
  fireEvent.change(box, { target: { value: "order" } });
  expect(approve().disabled).toBe(true);
  fireEvent.change(box, { target: { value: "orders" } });
  expect(approve().disabled).toBe(false);
});

test("a stale approval says whose yes it was and what changed", async () => {
  const stale = { kind: "approval.stale", at: "2026-03-01T12:01:00Z", seq: 9, body: { plan_digest: "d".repeat(64), by: ["ben"], changes: ["replicas: 2 → 5"] } };
  await shown({}, {}, { entries: [stale as unknown as JournalEntry] });
  const note = screen.getByRole("note");
  expect(note.textContent).toContain("The yes of ben no longer holds");
  expect(within(note).getByText("replicas: 2 → 5")).toBeTruthy();
});

test("a no needs a reason", async () => {
  await shown({});
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reject" }).disabled).toBe(true);
  fireEvent.change(screen.getByLabelText("Reason (needed for a no)"), { target: { value: "not at night" } });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Reject" }).disabled).toBe(false);
});

test("a viewer has no button and reads why", async () => {
  await shown({}, {}, { role: "viewer" });
  expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
  expect(screen.getByText("Approving needs the role approver; you have viewer.")).toBeTruthy();
});

test("under a plan that was answered stand person, role, time and reason of each answer", async () => {
  await shown({ people: 2, yes: ["ana", "ben"] }, {}, { incident: { ...INCIDENT, status: "resolved" } });
  const answers = within(screen.getByRole("list", { name: "Answers to this plan" })).getAllByRole("listitem");
  expect(answers.map((each) => each.textContent)).toEqual([expect.stringMatching(/^ana \(approver\) said yes at .+: go ahead$/), expect.stringContaining("ben")]);
});
