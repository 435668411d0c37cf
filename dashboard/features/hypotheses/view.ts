/** Hypotheses over time: how sure the agent was of each at every ranking; pure. */
import type { EntityRef, JournalEntry } from "@/lib/api/types";

export interface Turn {
  seq: number;
  confidence: number;
}

function isEntity(value: unknown): value is EntityRef {
  return typeof value === "object" && value !== null && "kind" in value && "name" in value;
}

/** The same cause of the same object is the same hypothesis, however it is worded. */
export function nameOf(cause: string, entity: EntityRef): string {
  return `${cause}|${entity.kind}|${entity.namespace}|${entity.name}`;
}

/** Each hypothesis' confidence at every ranking in which it stood. */
export function confidenceOverTime(entries: readonly JournalEntry[]): ReadonlyMap<string, Turn[]> {
  const courses = new Map<string, Turn[]>();
  for (const entry of entries) {
    const ranked = entry.kind === "hypotheses.ranked" ? entry.body.hypotheses : null;
    for (const each of Array.isArray(ranked) ? ranked : []) {
      if (typeof each !== "object" || each === null || Array.isArray(each)) continue;
      const { cause, entity, confidence } = each as Record<string, unknown>;
      if (typeof cause !== "string" || typeof confidence !== "number" || !isEntity(entity)) continue;
      const name = nameOf(cause, entity);
      courses.set(name, [...(courses.get(name) ?? []), { seq: entry.seq, confidence }]);
    }
  }
  return courses;
}

export interface ChainLink {
  role: string;
  text: string;
}

/** From what people saw down to what to change, as the last diagnosis said it. */
export function causalChain(entries: readonly JournalEntry[]): ChainLink[] {
  const chain = entries.findLast((entry) => entry.kind === "diagnosis.made")?.body.chain;
  return (Array.isArray(chain) ? chain : []).flatMap((each) => {
    const { role, text } = (typeof each === "object" && each !== null && !Array.isArray(each) ? each : {}) as Record<string, unknown>;
    return typeof role === "string" && typeof text === "string" ? [{ role, text }] : [];
  });
}

/** How each layer is, as the last diagnosis said it; empty before one was made. */
export function layerStates(entries: readonly JournalEntry[]): Readonly<Record<string, string>> {
  const told = entries.findLast((entry) => entry.kind === "diagnosis.made")?.body.layers;
  if (typeof told !== "object" || told === null || Array.isArray(told)) return {};
  return Object.fromEntries(Object.entries(told).filter((each): each is [string, string] => typeof each[1] === "string"));
}

export const LAYERS = ["infrastructure", "runtime", "integration", "business_logic"] as const;

/** Which engine made the last diagnosis, and whether a language model helped; empty where the journal does not say. */
export function engineOf(entries: readonly JournalEntry[]): string {
  const told = entries.findLast((entry) => entry.kind === "diagnosis.made")?.body.engine;
  const { version, rules, model } = (typeof told === "object" && told !== null && !Array.isArray(told) ? told : {}) as Record<string, unknown>;
  if (typeof version !== "string" || typeof rules !== "string") return "";
  return `Decided by engine ${version} with rules ${rules}; ${typeof model === "string" && model ? `${model} helped` : "no language model helped"}.`;
}
