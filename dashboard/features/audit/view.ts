/** The audit trail: what is asked of it, and what a proof of it says; pure. */
import type { components } from "@/lib/api/schema";

export type AuditList = components["schemas"]["AuditList"];
export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditProof = components["schemas"]["AuditProof"];

export const SIZE = 50;

export interface Wanted {
  actor: string;
  action: string;
  text: string;
  since: string;
  until: string;
  page: number;
}

/** From the page's own address; what is no page is the first. */
export function wantedOf(address: URLSearchParams): Wanted {
  const page = Number(address.get("page") ?? "1");
  const text = (name: string) => address.get(name) ?? "";
  return { actor: text("actor"), action: text("action"), text: text("text"), since: text("since"), until: text("until"), page: Number.isInteger(page) && page > 0 ? page : 1 };
}

export function queryOf(wanted: Wanted): string {
  const query = new URLSearchParams({ page: String(wanted.page), size: String(SIZE) });
  for (const name of ["actor", "action", "text"] as const) if (wanted[name]) query.set(name, wanted[name]);
  const [since, until] = [dayBegin(wanted.since), dayEnd(wanted.until)];
  if (since) query.set("since", since);
  if (until) query.set("until", until);
  return query.toString();
}

/** The reader's own day as moments; nothing where it is no day. */
function dayBegin(day: string): string {
  return momentOf(day, "T00:00:00");
}

function dayEnd(day: string): string {
  return momentOf(day, "T23:59:59.999");
}

function momentOf(day: string, time: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}${time}`) : null;
  return at && !Number.isNaN(at.valueOf()) ? at.toISOString() : "";
}

export function isFiltered(wanted: Wanted): boolean {
  return [wanted.actor, wanted.action, wanted.text, wanted.since, wanted.until].some(Boolean);
}

export function pagesOf(total: number): number {
  return Math.max(1, Math.ceil(total / SIZE));
}

/** What a proof says to an auditor. */
export function proofSentence(proof: AuditProof): string {
  const looked = `${proof.entries} entries and ${proof.journals} journals were looked through`;
  const cut = proof.begins_after ? `; what lies before entry ${proof.begins_after + 1} was taken away under a signed mark` : "";
  if (proof.whole) return `${looked}: nothing was changed, moved or taken out${cut}.`;
  const where = proof.incident ? ` in the journal of ${proof.incident}` : proof.broken_at === null ? "" : ` at entry ${proof.broken_at}`;
  return `${looked}: it is not true${where}. ${proof.why}`.trim();
}

/** The name under which the export is kept. */
export function exportName(now: Date): string {
  return `audit-${now.toISOString().replace(/[-:]|\.\d+/g, "")}.jsonl`;
}

export function isIncident(subject: string): boolean {
  return /^inc_[A-Za-z0-9_]+$/.test(subject);
}
