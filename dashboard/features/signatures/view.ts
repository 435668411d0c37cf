/** What programs complain of, as rows: how often, and whether that is new; pure. */
import type { LogSignature, LogSignatures } from "@/lib/api/types";
import type { Tone } from "@/components/ui/card";
import { figure } from "@/lib/words";

export const COURSES: Readonly<Record<LogSignature["course"], Tone>> = { new: "bad", surging: "warn", steady: "calm", unknown: "calm" };

/** How often it was said, against before; a past that was not read is not told as zero. */
export function counted(one: LogSignature): string {
  const now = `${one.count} since it began`;
  if (one.course === "unknown") return `${now}; the time before was not read`;
  const more = one.times_more !== null && one.course === "surging" ? `, ${figure(one.times_more)} times the rate` : "";
  return `${now}, ${one.before} before${more}`;
}

/** The line over the table; empty logs and no logs are different answers. */
export function summary(found: LogSignatures): string {
  if (!found.looked_at) return "No logs were read for this incident.";
  if (found.items.length === 0) return "Logs were read; nothing in them complains.";
  const kinds = found.items.length + found.left_out;
  const fresh = found.items.filter((each) => each.course === "new").length;
  const surging = found.items.filter((each) => each.course === "surging").length;
  return `${kinds === 1 ? "1 kind" : `${kinds} kinds`} of complaint: ${fresh} new, ${surging} surging.`;
}

/** A template in parts, the ones that vary apart. */
export function partsOf(template: string): { text: string; varies: boolean }[] {
  return template.split(/(<\*>)/).filter((each) => each !== "").map((text) => ({ text, varies: text === "<*>" }));
}
