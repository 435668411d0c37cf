/** Kept series of Prometheus as small charts: the incident's beginning, the range before it, and the steps since; pure. */
import type { Evidence, Hypothesis, JournalEntry } from "@/lib/api/types";

export interface Series {
  label: string;
  times: number[];
  values: (number | null)[];
}

type Loose = Readonly<Record<string, unknown>>;

function isLoose(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The series of a kept answer, with the labels in which they differ. */
export function seriesOf(body: Loose): Series[] {
  const answer = isLoose(body.answer) ? body.answer : body;
  const told = Array.isArray(answer.series) ? answer.series.filter(isLoose) : [];
  return told.map((each) => {
    const points = (Array.isArray(each.values) ? each.values : []).filter((point): point is [number, unknown] => Array.isArray(point) && typeof point[0] === "number");
    const metric = isLoose(each.metric) ? each.metric : {};
    return {
      label: Object.values(metric).join(" / ") || "the whole",
      times: points.map(([at]) => at * 1000),
      values: points.map(([, value]) => finite(value)),
    };
  });
}

function finite(value: unknown): number | null {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : null;
}

/** When the first alert says that it began; null before one came. */
export function onsetOf(entries: readonly JournalEntry[]): number | null {
  const told = entries.filter((entry) => entry.kind === "alert.received").map((entry) => Date.parse(String(entry.body.starts_at)));
  const known = told.filter((each) => !Number.isNaN(each));
  return known.length > 0 ? Math.min(...known) : null;
}

/** From the first alert until the incident ended; without an end where it goes on. */
export function windowOf(entries: readonly JournalEntry[]): [from: number, until: number] | null {
  const onset = onsetOf(entries);
  const ended = entries.findLast((entry) => entry.kind === "incident.ended")?.at;
  return onset === null ? null : [onset, ended ? Date.parse(ended) : Infinity];
}

/** Until when all was well, as far as the diagnosis took it: some time before the alert, which fires late. */
export function calmUntil(entries: readonly JournalEntry[]): number | null {
  const onset = onsetOf(entries);
  const windows = entries.findLast((entry) => entry.kind === "diagnosis.made")?.body.windows;
  const guard = isLoose(windows) ? finite(windows.guard_seconds) : null;
  return onset === null ? null : onset - (guard ?? 0) * 1000;
}

export function stepsOf(entries: readonly JournalEntry[]): number[] {
  return entries.filter((entry) => entry.kind === "step.done" || entry.kind === "step.undone").map((entry) => Date.parse(entry.at));
}

/** The lowest and the highest while all was well; null where nothing was measured then. */
export function rangeBefore(series: Series, until: number | null): [low: number, high: number] | null {
  const before = series.values.filter((value, at): value is number => value !== null && until !== null && (series.times[at] ?? Infinity) < until);
  return before.length > 1 ? [Math.min(...before), Math.max(...before)] : null;
}

export function isSeries(evidence: Pick<Evidence, "server" | "tool">): boolean {
  return evidence.server === "prometheus" && evidence.tool === "query_range";
}

/** Series that a hypothesis quotes come first, the others after them, each in the order of keeping. */
export function charted(evidence: readonly Evidence[], hypotheses: readonly Hypothesis[]): { quoted: Evidence[]; others: Evidence[] } {
  const named = new Set(hypotheses.flatMap((each) => each.evidence.map((quote) => quote.id)));
  const all = evidence.filter(isSeries);
  return { quoted: all.filter((each) => named.has(each.id)), others: all.filter((each) => !named.has(each.id)) };
}

/** The series that moved most first: what did not change tells least. */
export function liveliest(series: readonly Series[], most: number): Series[] {
  const span = (each: Series) => {
    const known = each.values.filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) - Math.min(...known) : 0;
  };
  return [...series].sort((one, other) => span(other) - span(one)).slice(0, most);
}
