/** Incidents that turned out to be one: each that joined stands under the one that leads; pure. */
import type { Incident, JournalEntry } from "@/lib/api/types";

export interface Fold {
  leader: Incident;
  joined: readonly Incident[];
}

/** The order stays; one whose leader is not among them stands for itself. */
export function folded(incidents: readonly Incident[]): Fold[] {
  const here = new Set(incidents.map((each) => each.id));
  const under = (each: Incident) => (each.merged_into !== null && here.has(each.merged_into) ? each.merged_into : "");
  return incidents.filter((each) => !under(each)).map((leader) => ({ leader, joined: incidents.filter((each) => under(each) === leader.id) }));
}

export interface Joiner {
  id: string;
  said: string;
}

/** Who joined this incident, told by its journal. */
export function joinersOf(entries: readonly JournalEntry[]): Joiner[] {
  return entries.flatMap(({ kind, body, text }) => (kind === "incident.merged" && typeof body.from === "string" ? [{ id: body.from, said: text }] : []));
}

/** An incident of which only the id is known: its cluster is looked up on the way. */
export function roomOfId(id: string): string {
  return `/incidents/${encodeURIComponent(id)}`;
}
