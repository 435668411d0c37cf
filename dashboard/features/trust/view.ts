/** How far the agent may go, for each service and kind of action, as people read it; pure. */
import type { components } from "@/lib/api/schema";
import type { Tone } from "@/components/ui/card";


export type TrustList = components["schemas"]["TrustList"];
export type Standing = TrustList["items"][number];
export type Sample = components["schemas"]["Sample"];
export type Autonomy = components["schemas"]["Autonomy"];

export const LEVELS: readonly Autonomy[] = ["observe", "suggest", "approve", "act"];
/** Who demotes without being asked. */
const LADDER = "trust-ladder";

export const MEANING: Readonly<Record<Autonomy, string>> = {
  observe: "it plans for the record, and nothing is done",
  suggest: "plans are shown and never carried out",
  approve: "a person is always asked",
  act: "the rules of the law decide",
};

/** What is proposed first, then what was taken down, then the rest by name. */
export function inOrder(items: readonly Standing[]): Standing[] {
  const weight = (each: Standing) => (each.proposed ? 0 : fallen(each) ? 1 : 2);
  return [...items].sort((one, other) => weight(one) - weight(other) || one.service.localeCompare(other.service) || one.action.localeCompare(other.action));
}

/** Whether a wrong act brought it where it stands. */
export function fallen({ by }: Pick<Standing, "by">): boolean {
  return by === LADDER;
}

/** The share that agreed, with its bounds in percent; empty where nothing was decided yet. */
export function agreementOf({ agreed, differed, low, high }: Pick<Standing, "agreed" | "differed" | "low" | "high">): string {
  const decided = agreed + differed;
  if (decided === 0) return "no case was decided yet";
  return `${agreed} of ${decided} agreed: between ${Math.round(low * 100)} % and ${Math.round(high * 100)} % (95 %)`;
}

export function shareOf({ agreed, differed }: Pick<Standing, "agreed" | "differed">): number {
  return agreed + differed === 0 ? 0 : agreed / (agreed + differed);
}

/** The levels that are below. */
export function below(level: Autonomy): readonly Autonomy[] {
  return LEVELS.slice(0, LEVELS.indexOf(level));
}

/** The level above; empty at the top. */
export function above(level: Autonomy): Autonomy | "" {
  return LEVELS[LEVELS.indexOf(level) + 1] ?? "";
}

const AGREEMENT: Readonly<Record<Sample["agreement"], readonly [Tone, string]>> = {
  agreed: ["good", "agreed"],
  differed: ["bad", "differed"],
  undecided: ["calm", "nobody can tell"],
  pending: ["calm", "not known yet"],
};

export function agreementSign(sample: Pick<Sample, "agreement" | "wrong">): readonly [Tone, string] {
  return sample.wrong ? ["bad", "a wrong act"] : AGREEMENT[sample.agreement];
}
