/** What a step can hurt, in numbers, and what was looked at before it; pure. */
import type { Step } from "@/lib/api/types";
import { percent, spaced } from "@/lib/words";

const BUDGETS: Readonly<Record<string, string>> = {
  none: "no disruption budget covers these pods",
  allows: "the disruption budget allows as many to be away",
  exceeded: "the disruption budget would be exceeded",
};

/** Numbers first; what nobody could tell is said to be unknown, never left out as if it were none. */
export function blastOf({ blast_radius: radius }: Pick<Step, "blast_radius">): string[] {
  const replicas = radius.replicas_before !== null || radius.replicas_after !== null;
  const of = radius.ready === null ? "" : ` of ${radius.ready} ready`;
  return [
    `touches ${radius.pods} pod(s)`,
    radius.away === null ? "how many pods are away at one time is unknown" : `at most ${radius.away}${of} away at one time`,
    ...(replicas ? [`replicas ${radius.replicas_before ?? "?"} → ${radius.replicas_after ?? "?"}`] : []),
    ...(radius.share_of_capacity !== null ? [`${percent(radius.share_of_capacity)} of the capacity${radius.services.length > 0 ? ` of ${radius.services.join(", ")}` : ""}`] : []),
    radius.dependants.length > 0 ? `called by ${radius.dependants.join(", ")}` : "nobody is known to call it",
    BUDGETS[radius.budget] ?? "whether a disruption budget covers them is unknown",
    ...radius.notes,
  ];
}

interface Input {
  name: string;
  value: string;
  why: string;
}

/** One thing that was looked at before acting, as a person reads it. */
export function inputWords({ name, value, why }: Input): string {
  return `${spaced(name)}: ${spaced(value)}${why ? ` (${why})` : ""}`;
}

/** Whether it is a reason to think twice: anything but a plain no. */
export function speaks({ value }: Input): boolean {
  return value !== "none" && value !== "no";
}
