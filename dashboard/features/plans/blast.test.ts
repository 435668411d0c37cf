import { expect, test } from "vitest";
import type { Step } from "@/lib/api/types";
import { blastOf, inputWords } from "./blast";

const RADIUS: Step["blast_radius"] = {
  pods: 4, away: 1, ready: 4, replicas_before: null, replicas_after: null, capacity: 4, share_of_capacity: 0.25,
  services: ["shop/cart"], dependants: ["shop/web"], budget: "exceeded", notes: [],
};

test("reach is told in numbers, with whom it serves and who calls it", () => {
  expect(blastOf({ blast_radius: RADIUS })).toEqual([
    "touches 4 pod(s)", "at most 1 of 4 ready away at one time", "25 % of the capacity of shop/cart", "called by shop/web", "the disruption budget would be exceeded",
  ]);
});

test("what nobody could tell is said to be unknown", () => {
  const told = blastOf({ blast_radius: { ...RADIUS, away: null, budget: "unknown", dependants: [] } });
  expect(told.filter((each) => each.includes("unknown"))).toHaveLength(2);
});

test("a thing that was looked at says what told it", () => {
  expect(inputWords({ name: "rollout_in_progress", value: "no", why: "all replicas are new" })).toBe("rollout in progress: no (all replicas are new)");
});
