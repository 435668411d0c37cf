/** The numbers behind a verification: before and after, and how far apart they may be; pure. */
import type { Check } from "@/lib/api/types";
import { figure } from "@/lib/words";

export interface Comparison {
  before: string;
  after: string;
  /** The interval of the difference, and the margin within which it must lie, in the unit of `lower`. */
  lower: number;
  upper: number;
  margin: number;
  said: string;
  counted: string;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function inUnit(value: number, unit: unknown): string {
  if (unit === "share") return `${figure(value * 100)} %`;
  return unit === "per_second" ? `${figure(value)}/s` : figure(value);
}

/** What a comparison with before the incident says; null for a check of another kind. */
export function comparisonOf(check: Check): Comparison | null {
  const numbers = check.numbers;
  const [before, after] = [number(numbers.before), number(numbers.after)];
  if (before === null || after === null) return null;
  const [lower, upper, margin] = [number(numbers.lower), number(numbers.upper), number(numbers.margin)];
  const [was, is, level] = [number(numbers.n_before), number(numbers.n_after), number(numbers.level)];
  return {
    before: inUnit(before, numbers.unit),
    after: inUnit(after, numbers.unit),
    lower: lower ?? 0,
    upper: upper ?? 0,
    margin: margin ?? 0,
    said: [typeof numbers.method === "string" ? numbers.method : "", level === null ? "" : `${figure(level * 100)} % sure`].filter(Boolean).join(", "),
    counted: was === null || is === null ? "" : `${was} requests before, ${is} after`,
  };
}

/** Everything else a check measured, as words. */
export function otherNumbers(check: Check): [name: string, value: string][] {
  return Object.entries(check.numbers).filter(([name]) => !name.startsWith("spread_")).map(([name, value]) => [
    name.replaceAll("_", " "),
    typeof value === "number" ? figure(value) : typeof value === "string" ? value : JSON.stringify(value),
  ]);
}

export interface Band {
  /** All in per cent of the width. */
  from: number;
  to: number;
  zero: number;
  margin: number;
}

/** Where interval, zero and margin lie on a line; null where there is no interval to draw. */
export function bandOf(comparison: Comparison): Band | null {
  const { lower, upper, margin } = comparison;
  if (lower === 0 && upper === 0) return null;
  const low = Math.min(lower, 0, -margin);
  const span = Math.max(upper, margin, 0) - low || 1;
  const place = (value: number) => ((value - low) / span) * 100;
  return { from: place(lower), to: place(upper), zero: place(0), margin: place(margin) };
}

export interface Spread {
  when: "before" | "during" | "after";
  /** Words for the middle and the ends, in the check's own unit. */
  said: string;
  /** All in per cent of the common width: 5th, 25th, 50th, 75th and 95th percentile. */
  places: readonly [number, number, number, number, number];
}

const WHEN = ["before", "during", "after"] as const;
const QUANTILES = 7;

/** How the signal scattered before, during and after, on one common width; empty where it was not kept. */
export function spreadsOf(check: Check): Spread[] {
  const told = WHEN.flatMap((when) => {
    const values = check.numbers[`spread_${when}`];
    const known = Array.isArray(values) ? values.map(number).filter((each) => each !== null) : [];
    return known.length === QUANTILES ? [{ when, known }] : [];
  });
  const all = told.flatMap((each) => each.known.slice(1, -1));
  const low = Math.min(0, ...all);
  const span = Math.max(...all) - low || 1;
  return told.map(({ when, known }) => {
    const [least = 0, a = 0, b = 0, c = 0, d = 0, e = 0, most = 0] = known;
    const place = (value: number) => ((value - low) / span) * 100;
    const shown = (value: number) => inUnit(value, check.numbers.unit);
    const said = `${when}: middle ${shown(c)}, nine in ten between ${shown(a)} and ${shown(e)}, all between ${shown(least)} and ${shown(most)}`;
    return { when, said, places: [place(a), place(b), place(c), place(d), place(e)] };
  });
}
