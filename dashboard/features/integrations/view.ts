/** What the platform is connected to, and how a try of it went; pure. */
import type { components } from "@/lib/api/schema";
import type { Tone } from "@/components/ui/card";

export type IntegrationList = components["schemas"]["IntegrationList"];
export type Integration = components["schemas"]["Integration"];
export type IntegrationTest = components["schemas"]["IntegrationTest"];

const STATES: Readonly<Record<Integration["state"], readonly [Tone, string]>> = {
  up: ["good", "tool server connected"],
  down: ["bad", "tool server down"],
  not_set_up: ["calm", "not set up"],
};

/** The language model has no tool server in between; where it does not answer it is off, which is no fault. */
export function stateOf(one: Integration): readonly [Tone, string] {
  if (one.server === "") return one.state === "up" ? ["good", "on"] : ["calm", "off"];
  return STATES[one.state];
}

/** Those that are down come first, then those that work; what was never set up comes last. */
export function inOrder(items: readonly Integration[]): Integration[] {
  const turn = { down: 0, up: 1, not_set_up: 2 } as const;
  return [...items].sort((one, other) => turn[one.state] - turn[other.state]);
}

/** How many are set up, and how many of those cannot be used now. */
export function summary(items: readonly Integration[]): string {
  const used = items.filter((each) => each.state !== "not_set_up");
  const down = used.filter((each) => each.state === "down").length;
  return `${used.length} of ${items.length} set up${down > 0 ? `, ${down} down` : ""}`;
}

export function took(test: IntegrationTest): string {
  return test.milliseconds < 1000 ? `${test.milliseconds} ms` : `${(test.milliseconds / 1000).toFixed(1)} s`;
}
