import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { momentsOf, near, placeOf } from "./view";

const GOLDEN = readFileSync(new URL("../../../tests/golden/release_reverted.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as JournalEntry);
const OPENED = Date.parse(GOLDEN[0]?.at ?? "");

test("the merge comes before the alert, the alert before the step that takes it back, and that before the end", () => {
  const texts = momentsOf(GOLDEN).map((each) => each.text);
  const order = ["#7 Round totals", "HighErrorRate in acme", "Done: Merge the revert", "Recovered."].map((said) => texts.findIndex((text) => text.startsWith(said)));
  expect(order.every((at, turn) => at >= 0 && at > (order[turn - 1] ?? -1))).toBe(true);
});

test("what was done long before is told apart, and lost from neither", () => {
  const { shown, earlier } = near(momentsOf(GOLDEN), OPENED);
  expect(earlier.length).toBeGreaterThan(0);
  expect(shown.length + earlier.length).toBe(momentsOf(GOLDEN).length);
});

test("the first lies at the left end, the last at the right", () => {
  const { shown } = near(momentsOf(GOLDEN), OPENED);
  expect([placeOf(shown[0]?.at ?? 0, shown), placeOf(shown.at(-1)?.at ?? 0, shown)]).toEqual([0, 100]);
});
