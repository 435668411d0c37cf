/** The history of questions: what to ask the API for, and how a run reads; pure. */
import type { RunLine, RunReport } from "@/lib/api/types";
import { addressOf, type Filter } from "@/features/incidents/view";
import { entity, figure, percent, span, spaced } from "@/lib/words";

export function runsAddress(filter: Filter, now: number): string {
  return addressOf(filter, now).replace("/api/v1/incidents?", "/api/v1/runs?");
}

export function reportOf(id: string): string {
  return `/runs?incident=${encodeURIComponent(id)}`;
}

/** How it ended, or how far it has come. */
export function becameOf({ incident }: Pick<RunLine, "incident">): string {
  return spaced(incident.outcome ?? incident.status);
}

export function causeOf({ incident }: Pick<RunLine, "incident">): string {
  if (!incident.cause) return "no root cause was found";
  const sure = incident.confidence === null ? "" : `, ${percent(incident.confidence)}`;
  return `${incident.cause} of ${entity(incident.cause_entity)}${sure}`;
}

export function tookOf({ seconds }: Pick<RunLine, "seconds">): string {
  return seconds === null ? "goes on" : span(seconds * 1000);
}

export type Tool = RunReport["tools"][number];

/** Calls, failures and how long the middle and the slow ones took. */
export function toolLine({ calls, failed, milliseconds }: Tool): readonly string[] {
  const ms = (value: number | null) => (value === null ? "–" : `${figure(value)} ms`);
  return [String(calls), String(failed), ms(milliseconds.median), ms(milliseconds.p90), ms(milliseconds.most)];
}
