/** The journal as the screen holds it: every entry once, in order, whatever the line delivered; pure. */
import type { JournalEntry, Kind } from "@/lib/api/types";

export type Connection = "connecting" | "live" | "lost";

export interface JournalState {
  entries: readonly JournalEntry[];
  connection: Connection;
  /** How often the line was lost since the page was opened. */
  losses: number;
}

export type JournalAction =
  | { type: "entries"; batch: readonly JournalEntry[] }
  | { type: "connection"; state: "live" | "lost" }
  | { type: "forgotten" };

export const EMPTY: JournalState = { entries: [], connection: "connecting", losses: 0 };

export function lastSeq(state: JournalState): number {
  return state.entries.at(-1)?.seq ?? 0;
}

export function reduce(state: JournalState, action: JournalAction): JournalState {
  if (action.type === "forgotten") return EMPTY;
  if (action.type === "connection") {
    if (state.connection === action.state) return state;
    return { ...state, connection: action.state, losses: state.losses + (action.state === "lost" ? 1 : 0) };
  }
  const fresh = nextOf(lastSeq(state), action.batch);
  return fresh.length === 0 ? state : { ...state, entries: [...state.entries, ...fresh] };
}

/** What follows without a gap; anything after a gap is left out, and is read again after the last entry held. */
function nextOf(last: number, batch: readonly JournalEntry[]): JournalEntry[] {
  const fresh: JournalEntry[] = [];
  for (const entry of [...batch].sort((one, other) => one.seq - other.seq)) {
    if (entry.seq === last + fresh.length + 1) fresh.push(entry);
  }
  return fresh;
}

const CHANGES: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  "alert.received": ["incident", "alerts"],
  "alert.resolved": ["incident", "alerts"],
  "status.changed": ["incident"],
  "tool.called": ["evidence"],
  "hypotheses.ranked": ["hypotheses", "incident"],
  "diagnosis.made": ["hypotheses", "incident", "evidence"],
  "plan.made": ["plans"],
  "verdict.given": ["plans"],
  "approval.asked": ["plans", "incident"],
  "approval.answered": ["plans", "incident"],
  "approval.glass_broken": ["plans", "incident"],
  "approval.stale": ["plans", "incident"],
  "step.done": ["plans"],
  "step.failed": ["plans"],
  "step.undone": ["plans", "mitigations"],
  "step.restored": ["plans", "mitigations"],
  "step.reconciled": ["plans"],
  "mitigation.began": ["mitigations"],
  "mitigation.due": ["mitigations"],
  "mitigation.asked": ["mitigations"],
  "mitigation.answered": ["mitigations"],
  "mitigation.ticketed": ["mitigations"],
  "verification.made": ["plans", "incident"],
  "postmortem.edited": ["postmortem"],
  "escalation.made": ["incident", "postmortem"],
  "incident.merged": ["incident"],
  "incident.ended": ["incident", "plans", "postmortem"],
};

/** Which of the incident's other views are older than these entries. */
export function staleAfter(batch: readonly Pick<JournalEntry, "kind">[]): string[] {
  return [...new Set(batch.flatMap((entry) => CHANGES[entry.kind] ?? []))];
}
