/** How an entry of the journal looks in the stream, and what can be unfolded under it; pure. */
import type { JournalEntry, Kind } from "@/lib/api/types";
import { visible } from "@/lib/words";

export type Look = "chatter" | "thought" | "heading" | "good" | "bad" | "ask";

interface Sign {
  sign: string;
  look: Look;
}

const SIGNS: Readonly<Record<Kind, Sign>> = {
  "alert.received": { sign: "▲", look: "bad" },
  "alert.resolved": { sign: "▽", look: "good" },
  "incident.opened": { sign: "◆", look: "heading" },
  "incident.merged": { sign: "◆", look: "heading" },
  "status.changed": { sign: "·", look: "chatter" },
  "run.started": { sign: "·", look: "chatter" },
  "run.resumed": { sign: "↻", look: "ask" },
  "phase.entered": { sign: "─", look: "heading" },
  "specialists.woken": { sign: "─", look: "heading" },
  "question.asked": { sign: "?", look: "thought" },
  "tool.called": { sign: "→", look: "chatter" },
  "finding.made": { sign: "✓", look: "good" },
  "unknown.noted": { sign: "…", look: "ask" },
  "model.answered": { sign: "≈", look: "ask" },
  "hypotheses.ranked": { sign: "─", look: "heading" },
  "diagnosis.made": { sign: "◉", look: "heading" },
  "plan.made": { sign: "─", look: "heading" },
  "verdict.given": { sign: "§", look: "ask" },
  "approval.asked": { sign: "◇", look: "ask" },
  "approval.glass_broken": { sign: "⚠", look: "bad" },
  "approval.answered": { sign: "◆", look: "heading" },
  "approval.not_needed": { sign: "§", look: "good" },
  "approval.stale": { sign: "◇", look: "ask" },
  "grant.issued": { sign: "·", look: "chatter" },
  "step.intended": { sign: "▶", look: "thought" },
  "step.done": { sign: "✔", look: "good" },
  "step.reconciled": { sign: "✔", look: "good" },
  "step.failed": { sign: "✘", look: "bad" },
  "step.undone": { sign: "↩", look: "ask" },
  "step.restored": { sign: "↩", look: "good" },
  "mitigation.began": { sign: "◷", look: "ask" },
  "mitigation.due": { sign: "◷", look: "ask" },
  "mitigation.asked": { sign: "◇", look: "ask" },
  "mitigation.answered": { sign: "◆", look: "heading" },
  "mitigation.ticketed": { sign: "↗", look: "heading" },
  "verification.started": { sign: "─", look: "heading" },
  "verification.made": { sign: "◉", look: "heading" },
  "escalation.made": { sign: "■", look: "bad" },
  "incident.ended": { sign: "■", look: "good" },
  "postmortem.edited": { sign: "✎", look: "heading" },
  "note.added": { sign: "·", look: "chatter" },
};

/** A kind that a newer server knows and this build does not is shown plainly. */
export function signOf(kind: Kind): Sign {
  return Object.hasOwn(SIGNS, kind) ? SIGNS[kind] : { sign: "·", look: "chatter" };
}

/** The entry's body as text to unfold; empty where there is nothing more to say. */
export function moreOf(entry: JournalEntry): string {
  return Object.keys(entry.body).length === 0 ? "" : JSON.stringify(entry.body, null, 2);
}

export { visible };

export function actorsOf(entries: readonly JournalEntry[]): string[] {
  return [...new Set(entries.map((entry) => entry.actor))].sort();
}

export function spokenBy(entries: readonly JournalEntry[], actor: string): readonly JournalEntry[] {
  return actor ? entries.filter((entry) => entry.actor === actor) : entries;
}

const PHASES: Readonly<Partial<Record<Kind, string>>> = {
  "specialists.woken": "observe",
  "hypotheses.ranked": "orient",
  "diagnosis.made": "orient",
  "plan.made": "decide",
  "approval.asked": "decide",
  "step.intended": "act",
  "verification.started": "act: verify",
  "escalation.made": "over",
  "incident.ended": "over",
};

/** Where in the loop the agent is, told by what it did last. */
export function phaseOf(entries: readonly JournalEntry[]): string {
  const last = entries.findLast((entry) => PHASES[entry.kind] !== undefined);
  return (last && PHASES[last.kind]) ?? "opened";
}
