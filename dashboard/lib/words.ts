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

/** What has no shape of its own: control and format characters (directions, joiners, tags), line ends of other kinds, fillers, halves. */
const SHAPELESS = /[^\P{C}\t\n\p{Co}\p{Cn}]|[\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]/gu;
const MARKS = /(\p{M}{4})(\p{M}+)/gu;

/** Characters that would steer or hide what is read are shown, not obeyed; marks do not pile up over the lines around. */
export function visible(text: string): string {
  return text.replace(SHAPELESS, escaped).replace(MARKS, (_, first: string, more: string) => `${first}[${[...more].length} more marks]`);
}

function escaped(each: string): string {
  const code = (each.codePointAt(0) ?? 0).toString(16).padStart(4, "0");
  return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
}

export function entity(of: EntityRef | null | undefined): string {
  if (!of) return "";
  return visible(`${of.kind} ${of.namespace ? `${of.namespace}/` : ""}${of.name}`);
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
