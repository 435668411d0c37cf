/** What the palette offers and which of it fits what is typed; pure. */
import type { Incident } from "@/lib/api/types";
import { roomOf } from "@/features/incidents/view";
import { spaced } from "@/lib/words";

export interface Offer {
  id: string;
  title: string;
  more: string;
  href: string;
}

const MOST = 12;

/** Parts of an incident's page that a command leads to, by the id they have there. */
const PARTS = [
  ["plan", "Plan"],
  ["mitigations", "Done for a time"],
  ["why", "Why"],
  ["topology", "Topology"],
  ["logs", "Log signatures"],
  ["runbook", "Runbook"],
  ["similar", "Similar past incidents"],
  ["timeline", "Timeline"],
  ["signals", "Signals"],
  ["proof", "Proof"],
  ["postmortem", "Post-mortem"],
] as const;

/** Filters of the list that people want most, each as its address. */
const LISTS = [
  ["/?show=waiting", "Incidents that wait for an answer"],
  ["/?show=unfinished", "Unfinished incidents"],
  ["/?show=unfinished&sort=severity", "Unfinished incidents, worst first"],
  ["/?show=finished", "Finished incidents"],
] as const;

export interface Page {
  href: string;
  title: string;
}

export function offersOf(pages: readonly Page[], incidents: readonly Incident[], inRoom: boolean): Offer[] {
  return [
    ...(inRoom ? PARTS.map(([id, title]) => ({ id: `part ${id}`, title: `Go to ${title}`, more: "this incident", href: `#${id}` })) : []),
    ...pages.map(({ href, title }) => ({ id: `page ${href}`, title, more: "page", href })),
    ...LISTS.map(([href, title]) => ({ id: `list ${href}`, title, more: "list", href })),
    ...incidents.map((each) => ({ id: `incident ${each.id}`, title: each.title, more: `${spaced(each.status)}, ${each.severity}, ${each.id}`, href: roomOf(each) })),
  ];
}

/** Those in which all typed words stand, the ones that begin with them first; without words, the first of all. */
export function fitting(offers: readonly Offer[], typed: string): Offer[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (offer: Offer) => `${offer.title} ${offer.more}`.toLowerCase();
  const begins = (offer: Offer) => words.every((word) => ` ${text(offer)}`.includes(` ${word}`));
  const found = offers.filter((offer) => words.every((word) => text(offer).includes(word)));
  return [...found.filter(begins), ...found.filter((offer) => !begins(offer))].slice(0, MOST);
}

/** Round and round: below the last is the first. */
export function stepped(at: number, by: number, count: number): number {
  return count === 0 ? -1 : (at + by + count) % count;
}
