/** How well the agent is, told by its own checks; pure. */
import type { Readiness } from "@/lib/api/types";

/** The checks that are not well, each with what it says. */
export function ailing({ checks }: Pick<Readiness, "checks">): readonly (readonly [name: string, said: string])[] {
  return Object.entries(checks).filter(([, said]) => said !== "ok");
}
