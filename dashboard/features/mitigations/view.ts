/** What was done for a time as the person sees it who must decide about it: how long it still stands, and what it waits for; pure. */
import type { Mitigation, MitigationState } from "@/lib/api/types";
import type { Tone } from "@/components/ui/card";
import { roomOf } from "@/features/incidents/view";
import { span } from "@/lib/words";

/** From so little time left on, the first page speaks of it. */
const SOON_MS = 15 * 60_000;

export interface Course {
  said: string;
  tone: Tone;
}

const ENDED: Readonly<Record<Exclude<MitigationState, "standing" | "asked">, Course>> = {
  restored: { said: "restored", tone: "good" },
  kept: { said: "kept for good", tone: "calm" },
  taken_back: { said: "taken back: it did not help", tone: "calm" },
};

export function courseOf({ state, expires_at }: Pick<Mitigation, "state" | "expires_at">, now: number): Course {
  if (state === "asked") return { said: "time is up: its owner must decide", tone: "bad" };
  if (state !== "standing") return ENDED[state];
  const left = Date.parse(expires_at) - now;
  if (left <= 0) return { said: "time is up: being restored", tone: "warn" };
  return { said: `${span(left)} left`, tone: left <= SOON_MS ? "warn" : "accent" };
}

/** Whether anything is left to decide. */
export function isOpen({ state }: Pick<Mitigation, "state">): boolean {
  return state === "standing" || state === "asked";
}

export interface Pressing {
  /** Those that wait for their owner. */
  asked: readonly Mitigation[];
  /** Those whose time is nearly or just up. */
  soon: readonly Mitigation[];
}

export function pressing(all: readonly Mitigation[], now: number): Pressing {
  const soon = (each: Mitigation) => each.state === "standing" && Date.parse(each.expires_at) - now <= SOON_MS;
  return { asked: all.filter((each) => each.state === "asked"), soon: all.filter(soon) };
}

/** The counts in words; empty: nothing presses. */
export function pressure({ asked, soon }: Pressing): string {
  const waits = asked.length > 0 ? `${asked.length} ${asked.length === 1 ? "waits for its owner" : "wait for their owner"}` : "";
  const ends = soon.length > 0 ? `the time of ${soon.length} is nearly up` : "";
  return [waits, ends].filter(Boolean).join("; ");
}

export function placeOf({ incident_id, target }: Pick<Mitigation, "incident_id" | "target">): string {
  return `${roomOf({ id: incident_id, cluster: target.cluster })}#mitigations`;
}

export interface FixPlace {
  /** Empty where it may not be shown as a link. */
  href: string;
  said: string;
}

/** Where the permanent fix is worked on, or why nowhere; null where nobody has begun. */
export function fixOf({ ticket }: Pick<Mitigation, "ticket">): FixPlace | null {
  if (!ticket) return null;
  if (ticket.state === "opened" || ticket.state === "linked") {
    const href = ticket.url.startsWith("https://") ? ticket.url : "";
    return { href, said: ticket.name || ticket.url || "opened; the ticket system told no address" };
  }
  return { href: "", said: ticket.state === "not_opened" ? `no ticket: ${ticket.why}` : "a ticket is being opened" };
}
