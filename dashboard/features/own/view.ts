/** The agent's own signals, made ready to be shown; pure. */
import type { components } from "@/lib/api/schema";
import { figure, spaced } from "@/lib/words";

export type OwnSignals = components["schemas"]["OwnSignals"];
export type Signals = components["schemas"]["Signals"];
export type Spread = components["schemas"]["Spread"];
export type Bucket = components["schemas"]["Bucket"];

export const WINDOWS = [
  ["24", "last day"],
  ["168", "last week"],
  ["720", "last 30 days"],
] as const;

/** A known window from the address; the last day where it says something else. */
export function windowOf(said: string | null): string {
  return WINDOWS.some(([hours]) => hours === said) ? (said ?? "24") : "24";
}

/** `3.2 s`, `4 min`, `2.5 h`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return "nothing yet";
  if (seconds < 90) return `${figure(seconds)} s`;
  return seconds < 5400 ? `${figure(seconds / 60)} min` : `${figure(seconds / 3600)} h`;
}

/** The figures at the head of the page: what, how much, and what it is made of. */
export function headline({ signals, model }: OwnSignals): { name: string; value: string; about: string }[] {
  const ended = signals.completed + signals.handed_over;
  return [
    {
      name: "Completion rate",
      value: signals.completion === null ? "nothing ended" : `${Math.round(signals.completion * 100)} %`,
      about: `${signals.completed} of ${ended} ended without being handed to a person`,
    },
    { name: "Incidents opened", value: String(signals.opened), about: `${ended} came to an end` },
    { name: "Turns", value: signals.turns.median === null ? "none" : figure(signals.turns.median), about: `at the median of ${signals.turns.count} investigations, at most ${signals.turns.most ?? 0}` },
    { name: "First hypothesis", value: duration(signals.first_hypothesis_seconds.median), about: `nine in ten within ${duration(signals.first_hypothesis_seconds.p90)}` },
    { name: "Until the end", value: duration(signals.duration_seconds.median), about: `nine in ten within ${duration(signals.duration_seconds.p90)}` },
    { name: "Model calls", value: String(model.calls), about: model.said },
    { name: "Model answers", value: model.milliseconds.median === null ? "none" : duration(model.milliseconds.median / 1000), about: `nine in ten within ${duration(model.milliseconds.p90 === null ? null : model.milliseconds.p90 / 1000)}` },
    { name: "Model tokens", value: String(model.tokens), about: `${model.tokens_in} sent, ${model.tokens_out} answered` },
    { name: "Model cost", value: model.cost === null ? "not known" : figure(model.cost), about: costAbout(model) },
  ];
}

function costAbout(model: OwnSignals["model"]): string {
  if (model.cost === null) return "no price is set: LLM_PRICE_IN and LLM_PRICE_OUT";
  return model.calls === 0 ? "nothing was spent on a model" : "at the prices that are set";
}

export interface Bar {
  at: string;
  completed: number;
  handedOver: number;
  label: string;
}

export function barsOf(signals: Signals, say: (at: string) => string): Bar[] {
  return signals.buckets.map((each) => ({
    at: each.at,
    completed: each.completed,
    handedOver: each.handed_over,
    label: `${say(each.at)}: ${each.completed} completed, ${each.handed_over} handed over`,
  }));
}

/** The highest bar, at least one, so that a quiet day is no division by nought. */
export function highest(bars: readonly Bar[]): number {
  return Math.max(1, ...bars.map((each) => each.completed + each.handedOver));
}

export function outcomesOf(signals: Signals): { name: string; count: number }[] {
  return Object.entries(signals.outcomes)
    .map(([name, count]) => ({ name: spaced(name), count }))
    .sort((one, other) => other.count - one.count || one.name.localeCompare(other.name));
}

export function milliseconds(value: number | null): string {
  return value === null ? "no answer" : `${figure(value)} ms`;
}
