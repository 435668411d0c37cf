/** What breaking the glass would override for this person, and what the form still lacks; the API decides by the same rule; pure. */
import type { PlanView, Role } from "@/lib/api/types";
import { mayAct } from "@/features/session/session";
import { notBy, requirementOf, standingOf, standingYes } from "@/features/plans/view";

/** As the API asks it. */
export const SHORTEST_REASON = 10;

export interface Person {
  name: string;
  role: Role | null;
}

/** What the law asks that this person alone cannot give; empty: there is no glass to break, or it is not theirs to break. */
export function overrides(view: PlanView, status: string, person: Person, now: number): readonly string[] {
  if (!mayAct(person.role, "approver") || standingOf(view, status, now).is !== "waiting") return [];
  const { role, people } = requirementOf(view);
  const requesters = notBy(view);
  const counts = (of: { name: string; role?: string | null }) => mayAct(of.role, role) && !requesters.includes(of.name);
  const others = standingYes(view, now).map((each) => each.by).filter((by) => by.name !== person.name && counts(by));
  if (others.length + (counts(person) ? 1 : 0) >= people) return [];
  const told: string[] = [];
  if (people > 1) told.push(`It asks for the yes of ${people} different people; so far ${others.length === 0 ? "nobody else has" : `${others.map((by) => by.name).join(", ")} has`} said yes.`);
  if (!mayAct(person.role, role)) told.push(`It asks for the role ${role}; you are ${person.role ?? "without one"}.`);
  if (requesters.includes(person.name)) told.push("You asked for this plan, and it wants the yes of somebody else.");
  return told;
}

export interface Filled {
  reason: string;
  credential: string;
  typed: Readonly<Record<string, string>>;
}

/** What is still missing, in words; empty: it may be sent. `names` are the targets of high risk. */
export function lacks({ reason, credential, typed }: Filled, names: readonly string[]): string {
  const missing = [
    ...(reason.trim().length < SHORTEST_REASON ? [`a reason of at least ${SHORTEST_REASON} characters`] : []),
    ...(credential === "" ? ["your password, or your token"] : []),
    ...names.filter((name) => typed[name]?.trim() !== name).map((name) => `the name ${name}`),
  ];
  return missing.length > 0 ? `Still missing: ${missing.join("; ")}.` : "";
}
