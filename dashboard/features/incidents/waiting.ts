/** Which of the plans that wait, wait for this person: told by the law's word on each, and by who has answered; pure. */
import type { Incident, PlanView, Role } from "@/lib/api/types";
import { whyNot } from "@/features/plans/view";

export interface Waits {
  incident: Incident;
  /** The plan that is asked about; null while it is not known. */
  plan: PlanView | null;
}

export interface ForMe {
  mine: readonly Incident[];
  others: readonly { incident: Incident; why: string }[];
}

/** A plan that is not known yet is shown to all: nobody is told that it does not concern them. */
export function waitsFor(all: readonly Waits[], role: Role | null, name: string, now: number): ForMe {
  const judged = all.map(({ incident, plan }) => ({ incident, why: plan ? whyNot(plan, role, name, now) : "" }));
  return { mine: judged.filter((each) => each.why === "").map((each) => each.incident), others: judged.filter((each) => each.why !== "") };
}

/** The plan of an incident that may be answered. */
export function asked(plans: readonly PlanView[]): PlanView | null {
  return plans.find((each) => each.newest) ?? null;
}
