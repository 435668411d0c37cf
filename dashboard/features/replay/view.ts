/** A past incident against another law and the engine of today: what is sent, and how the difference looks; pure. */
import type { components } from "@/lib/api/schema";
import type { Tone } from "@/components/ui/card";

type Schemas = components["schemas"];
export type ReplayView = Schemas["ReplayView"];
export type Blamed = Schemas["Blamed"];
export type Ruled = Schemas["Ruled"];
export type PlanReplay = Schemas["PlanReplay"];
export type StepReplay = Schemas["StepReplay"];
export type Engine = Schemas["Engine"];
export type ModelReplayView = Schemas["ModelReplayView"];
export type Counselled = Schemas["Counselled"];
export type Judged = Schemas["Judged"];
type Comparison = Schemas["Comparison"];
type Verdict = Schemas["Verdict"];

export const OWN = "own";

export const PROFILES = [
  ["default", "The law in force"],
  ["strict", "The law in force, with the strict profile"],
  ["read-only", "The law in force, read-only"],
  [OWN, "A law of my own …"],
] as const;

/** What the API is asked; a law of one's own takes the place of the one in force. */
export function sentOf(law: string, text: string): object {
  return law === OWN ? { files: [{ name: "policies.yaml", text }] } : { profile: law };
}

const MARKS: Readonly<Record<Comparison, readonly [Tone, string]>> = {
  same: ["good", "the same"],
  worse: ["bad", "worse"],
  perhaps_better: ["good", "perhaps better"],
  unproven: ["warn", "different"],
};

export function markOf(comparison: Comparison): readonly [Tone, string] {
  return MARKS[comparison];
}

/** Whether the law of today says another word; what is not known has not changed. */
export function changed(then: Verdict | null, now: Verdict | null): boolean {
  return then !== null && now !== null && then !== now;
}

/** Which engine stands behind a side; older journals do not name theirs. */
export function sideOf(side: "Then" | "Now", engine: Engine | null): string {
  return engine ? `${side}, engine ${engine.version} (${engine.rules})` : `${side}, by an engine that was not written down`;
}

/** How a suggestion looks: only what a rule finds too is more than an idea. */
export function markOfSuggestion(one: Judged): readonly [Tone, string] {
  return one.belief === null ? ["warn", "not shown by evidence"] : ["good", "a rule finds it too"];
}

/** `1,200 tokens, 3.4 s, 0.02`: what asking took; a cost only where prices are set. */
export function tookOf(told: Counselled): string {
  const parts = [`${told.tokens.toLocaleString("en")} tokens`, `${(told.milliseconds / 1000).toFixed(1)} s`];
  return [...parts, ...(told.cost === null ? [] : [`cost ${told.cost.toPrecision(2)}`])].join(", ");
}
