/** How a past incident ended, and what helped it; pure. */
import type { Incident, SimilarIncidents } from "@/lib/api/types";

/** Its outcome where it has one, else how it stands. */
export function endedAs(incident: Pick<Incident, "outcome" | "status">): string {
  return incident.outcome ?? incident.status;
}

/** Only of what recovered after a step may one say that the step helped. */
export function helpedBy(each: SimilarIncidents["items"][number]): string {
  return each.helped.length === 0 ? "" : `It recovered after: ${each.helped.join(" ")}`;
}
