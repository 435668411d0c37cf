/** A plan as the person sees it who answers for it: who may, what is still missing, what must be typed; pure. */
import type { PlanView, Role } from "@/lib/api/types";
import { mayAct } from "@/features/session/session";

export interface Requirement {
  role: Role;
  people: number;
}

const RANKS: readonly Role[] = ["viewer", "responder", "approver", "admin"];

/** A role that nobody knows needs an administrator. */
function rankOf(role: string): number {
  const rank = RANKS.findIndex((each) => each === role);
  return rank < 0 ? RANKS.length - 1 : rank;
}

/** The strictest of what the law asks of any step. Whether an answer counts is said by the API alone. */
export function requirementOf(view: Pick<PlanView, "ruling">): Requirement {
  const asking = (view.ruling?.judgements ?? []).filter((each) => each.verdict === "needs_approval");
  const least = asking.map((each) => (each.roles.length > 0 ? Math.min(...each.roles.map(rankOf)) : rankOf("approver")));
  const rank = least.length > 0 ? Math.max(...least) : rankOf("approver");
  return { role: RANKS[rank] ?? "admin", people: Math.max(1, ...asking.map((each) => each.people)) };
}

/** Who asked for the plan, where the law lets nobody say yes to their own request. */
export function notBy(view: Pick<PlanView, "ruling">): readonly string[] {
  const own = (view.ruling?.judgements ?? []).some((each) => each.verdict === "needs_approval" && !each.self_approval);
  return own ? (view.ruling?.facts?.requested_by ?? []) : [];
}

/** Those whose yes stands now, each once. */
export function standingYes(view: Pick<PlanView, "approvals">, now: number): PlanView["approvals"] {
  const standing = view.approvals.filter((each) => each.answer === "yes" && Date.parse(each.expires_at) > now);
  return standing.filter((each, at) => standing.findIndex((other) => other.by.name === each.by.name) === at);
}

export type Standing =
  | { is: "waiting"; yes: readonly string[]; missing: number; expires: string | null }
  | { is: "settled"; said: string };

export function standingOf(view: PlanView, status: string, now: number): Standing {
  if (view.ruling?.verdict === "allowed") return { is: "settled", said: "The law allows it: nobody is asked." };
  if (view.ruling?.verdict === "denied") return { is: "settled", said: "The law denies it." };
  if (!view.ruling) return { is: "settled", said: "The law has not spoken yet." };
  const no = view.approvals.find((each) => each.answer === "no");
  if (no) return { is: "settled", said: `Rejected by ${no.by.name}${no.reason ? `: ${no.reason}` : ""}.` };
  const standing = standingYes(view, now);
  const yes = standing.map((each) => each.by.name);
  const { people } = requirementOf(view);
  if (!view.newest) return { is: "settled", said: "A newer plan has taken its place." };
  const glass = view.approvals.find((each) => each.break_glass && (status !== "awaiting_approval" || Date.parse(each.expires_at) > now));
  if (glass) return { is: "settled", said: `${glass.by.name} broke the glass and approved it alone: ${glass.reason}.` };
  if (status !== "awaiting_approval") {
    const names = [...new Set(view.approvals.map((each) => each.by.name))].join(", ");
    return { is: "settled", said: names ? `Approved by ${names}.` : "It does not wait for an answer." };
  }
  return { is: "waiting", yes, missing: Math.max(0, people - yes.length), expires: standing[0]?.expires_at ?? null };
}

/** Why this person's yes would not count, as far as can be told before asking; empty: it may. */
export function whyNot(view: PlanView, role: Role | null, name: string, now: number): string {
  const { role: least, people } = requirementOf(view);
  if (!mayAct(role, least)) return `Approving needs the role ${least}; you have ${role ?? "none"}.`;
  if (notBy(view).includes(name)) return "You asked for this plan, and the law wants the yes of somebody else.";
  const mine = view.approvals.some((each) => each.answer === "yes" && each.by.name === name && Date.parse(each.expires_at) > now);
  return mine && people > 1 ? "You have said yes; somebody else must, too." : "";
}

/** The names of the targets of all steps of high risk, each once: every one of them must be typed. */
export function toType(view: Pick<PlanView, "plan">): readonly string[] {
  return [...new Set(view.plan.steps.filter((step) => step.risk === "high").map((step) => step.target.name))];
}

export type DiffLine = { text: string; is: "head" | "added" | "removed" | "kept" };

export function diffLines(diff: string): DiffLine[] {
  return diff.split("\n").map((text) => {
    if (/^(\+\+\+|---|@@)/.test(text)) return { text, is: "head" };
    if (text.startsWith("+")) return { text, is: "added" };
    return { text, is: text.startsWith("-") ? "removed" : "kept" };
  });
}
