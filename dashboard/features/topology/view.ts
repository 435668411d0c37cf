/** The map of an incident: where each object stands, and the same in words for those who do not see it; pure. */
import type { Spot, Tie, Topology } from "@/lib/api/types";
import { entity } from "@/lib/words";

export type Condition = Spot["condition"];

/** Told by a sign and a word too: colour alone tells nothing to some. */
export const SIGNS: Readonly<Record<Condition, readonly [sign: string, word: string]>> = {
  blamed: ["✘", "blamed"],
  ill: ["▲", "ill"],
  well: ["✓", "well"],
  unknown: ["?", "not seen itself"],
};

export const COLUMN_PX = 230;
export const ROW_PX = 84;

export interface Placed {
  spot: Spot;
  x: number;
  y: number;
}

/** In rows from callers down to what they need, the path of blame at the left of each. */
export function placed(map: Topology): Placed[] {
  const depth = depthsOf(map);
  const rows = new Map<number, Spot[]>();
  for (const spot of map.spots) {
    const row = depth.get(spot.id) ?? 0;
    rows.set(row, [...(rows.get(row) ?? []), spot]);
  }
  return [...rows].flatMap(([row, spots]) => loudestFirst(spots).map((spot, column) => ({ spot, x: column * COLUMN_PX, y: row * ROW_PX })));
}

/** How many ties lead to each object at most; a circle is cut where it closes. */
function depthsOf({ spots, ties }: Topology): ReadonlyMap<string, number> {
  const needed = new Map<string, string[]>();
  for (const tie of ties) needed.set(tie.target, [...(needed.get(tie.target) ?? []), tie.source]);
  const known = new Map<string, number>();
  const under = new Set<string>();
  function depth(id: string): number {
    const found = known.get(id);
    if (found !== undefined) return found;
    if (under.has(id)) return -1;
    under.add(id);
    const deepest = Math.max(-1, ...(needed.get(id) ?? []).map(depth));
    under.delete(id);
    known.set(id, deepest + 1);
    return deepest + 1;
  }
  for (const spot of spots) depth(spot.id);
  return known;
}

const LOUDNESS: readonly Condition[] = ["blamed", "ill", "unknown", "well"];

export function loudestFirst(spots: readonly Spot[]): Spot[] {
  const rank = (spot: Spot) => (spot.on_path ? -1 : LOUDNESS.indexOf(spot.condition));
  return [...spots].sort((one, other) => rank(one) - rank(other) || one.id.localeCompare(other.id));
}

/** One object in words: how it is, and what it needs. */
export function told(spot: Spot, map: Topology): string {
  const needs = map.ties.filter((tie) => tie.source === spot.id).map((tie) => `${tie.link} ${nameOf(tie.target, map)}`);
  const parts = [`${entity(spot.entity)}: ${SIGNS[spot.condition][1]}`, ...spot.says, ...needs];
  return `${parts.join("; ")}.`;
}

function nameOf(id: string, map: Topology): string {
  return entity(map.spots.find((spot) => spot.id === id)?.entity);
}

/** The path of blame as one sentence; empty where there is none. */
export function pathInWords(map: Topology): string {
  const links = map.path.map((id, at) => {
    const tie = map.ties.find((each) => each.source === map.path[at - 1] && each.target === id);
    return `${tie ? `${tie.link} ` : ""}${nameOf(id, map)}`;
  });
  return links.length < 2 ? "" : `${links.join(", which ")}.`;
}

/** Ties between the same two are one line. */
export function lines(ties: readonly Tie[]): Tie[] {
  const kept = new Map<string, Tie>();
  for (const tie of ties) {
    const key = `${tie.source}→${tie.target}`;
    if (!kept.has(key)) kept.set(key, tie);
  }
  return [...kept.values()];
}
