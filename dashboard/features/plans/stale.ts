/** Why a yes no longer holds: what moved under the plan between the asking and the deed; pure. */
import type { JournalEntry } from "@/lib/api/types";

export interface Stale {
  at: string;
  by: readonly string[];
  changes: readonly string[];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

/** The last time that the approval of this plan was found stale; null where it never was. */
export function staleOf(entries: readonly JournalEntry[], digest: string): Stale | null {
  const told = entries.findLast((entry) => entry.kind === "approval.stale" && entry.body.plan_digest === digest);
  return told ? { at: told.at, by: texts(told.body.by), changes: texts(told.body.changes) } : null;
}
