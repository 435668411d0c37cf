/** Accounts, their roles and what a new token is asked for with; pure. */
import type { components } from "@/lib/api/schema";
import { moment } from "@/lib/words";

type TokenForm = components["schemas"]["TokenForm"];
const DAY_MS = 86_400_000;

/** `days` empty: a token without an end. */
export function tokenForm(label: string, days: string, now: number, by: string): TokenForm {
  const span = Number(days);
  return { label: label.trim() || `issued by ${by}`, expires_at: days && span > 0 ? new Date(now + span * DAY_MS).toISOString() : null };
}

export function expiry(at: string | null): string {
  return at ? `It is good until ${moment(at)}.` : "It does not expire: revoke it when it is no longer needed.";
}

/** What a role may do; each may do what those before it may. */
export const ROLES = [
  { role: "viewer", may: "sees everything, changes nothing" },
  { role: "responder", may: "asks questions, tries connections, cancels and retries, rejects plans" },
  { role: "approver", may: "says yes to plans that the law lets approvers answer" },
  { role: "admin", may: "makes accounts, issues and revokes tokens" },
] as const;
