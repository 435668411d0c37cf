/** What changed, what people saw and what the agent did, on one axis; pure. */
import type { JournalEntry, Kind } from "@/lib/api/types";

export const LANES = ["change", "symptom", "agent"] as const;
export type Lane = (typeof LANES)[number];

export interface Moment {
  at: number;
  lane: Lane;
  text: string;
  evidence: string;
}

const DEEDS: Readonly<Partial<Record<Kind, Lane>>> = {
  "alert.received": "symptom",
  "alert.resolved": "symptom",
  "diagnosis.made": "agent",
  "approval.asked": "agent",
  "approval.answered": "agent",
  "approval.glass_broken": "agent",
  "step.done": "change",
  "step.undone": "change",
  "step.restored": "change",
  "step.failed": "agent",
  "verification.made": "agent",
  "escalation.made": "agent",
  "incident.ended": "agent",
};
const SYMPTOMS: ReadonlySet<string> = new Set(["alert", "event"]);

/** In the order of time: what the last diagnosis found in the past, and what the journal says since. */
export function momentsOf(entries: readonly JournalEntry[]): Moment[] {
  const told = entries.findLast((entry) => entry.kind === "diagnosis.made")?.body.timeline;
  const found = (Array.isArray(told) ? told : []).flatMap((each): Moment[] => {
    const { at, kind, text, source } = (typeof each === "object" && each !== null ? each : {}) as Record<string, unknown>;
    if (typeof at !== "string" || typeof text !== "string" || Number.isNaN(Date.parse(at))) return [];
    return [{ at: Date.parse(at), lane: SYMPTOMS.has(String(kind)) ? "symptom" : "change", text, evidence: typeof source === "string" ? source : "" }];
  });
  const done = entries.flatMap((entry): Moment[] => {
    const lane = DEEDS[entry.kind];
    return lane ? [{ at: Date.parse(entry.at), lane, text: entry.text, evidence: "" }] : [];
  });
  return [...found, ...done].sort((one, other) => one.at - other.at);
}

const BEFORE_MS = 3_600_000;

/** What lies near enough to be on one axis with the incident; the rest came long before. */
export function near(moments: readonly Moment[], opened: number): { shown: Moment[]; earlier: Moment[] } {
  const from = opened - BEFORE_MS;
  return { shown: moments.filter((each) => each.at >= from), earlier: moments.filter((each) => each.at < from) };
}

/** Where a moment lies between the first and the last, in per cent. */
export function placeOf(at: number, moments: readonly Moment[]): number {
  const first = moments[0]?.at ?? at;
  const last = moments.at(-1)?.at ?? at;
  return last === first ? 50 : ((at - first) / (last - first)) * 100;
}
