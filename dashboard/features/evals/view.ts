/** The last measurement, made ready to be shown; pure. */
import type { components } from "@/lib/api/schema";

export type Measurement = components["schemas"]["Measurement"];
export type Score = components["schemas"]["Score"];

export interface Row {
  name: string;
  score: Score;
}

const PARTS: Readonly<Record<string, string>> = {
  development: "as recorded",
  renamed: "every name replaced",
  dropped: "one source missing",
  injected: "with a text that gives orders",
  lab: "faults of the lab, diagnosed live",
};

/** Known parts first, in the order in which they are explained; others by name. */
export function partsOf(measured: Measurement): Row[] {
  const known = Object.keys(PARTS);
  const rank = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  return rowsOf(measured.parts).sort((one, other) => rank(one.name) - rank(other.name) || one.name.localeCompare(other.name));
}

export function meaningOf(part: string): string {
  return PARTS[part] ?? "";
}

/** The weakest first: those are the ones to look at. Of equals, the one with fewer examples. */
export function causesOf(measured: Measurement, words: string): Row[] {
  const wanted = words.toLowerCase().split(/[\s_]+/).filter(Boolean);
  return rowsOf(measured.causes)
    .filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)))
    .sort((one, other) => one.score.both_right - other.score.both_right || one.score.incidents - other.score.incidents || one.name.localeCompare(other.name));
}

function rowsOf(scores: Readonly<Record<string, Score>>): Row[] {
  return Object.entries(scores).map(([name, score]) => ({ name, score }));
}

/** `98.8 %`: shares of many incidents differ in the first decimal. */
export function share(value: number): string {
  return `${Number((value * 100).toFixed(1))} %`;
}

/** What the row says, for whoever cannot see the bar. */
export function sentence({ name, score }: Row): string {
  return `${name}: right in ${share(score.both_right)} of ${score.incidents}, spread ${share(score.low)} to ${share(score.high)}`;
}
