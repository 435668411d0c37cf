/** Small things said the same way everywhere; pure. */
import type { EntityRef } from "./api/types";

const UNITS = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** How long ago, in the largest unit that says something: `3 min`. */
export function ago(since: string, now: number): string {
  return span(now - Date.parse(since));
}

/** A length of time in milliseconds, in the largest unit that says something; below nought it is nought. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [size, unit] = UNITS.find(([each]) => seconds >= each) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** `12:00:06` in the reader's own zone. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

export function moment(at: string): string {
  return new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });
}

export function entity(of: EntityRef | null | undefined): string {
  if (!of) return "";
  return `${of.kind} ${of.namespace ? `${of.namespace}/` : ""}${of.name}`;
}

export function spaced(word: string): string {
  return word.replaceAll("_", " ").replaceAll(".", " ");
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A number for a person: three figures are enough. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
