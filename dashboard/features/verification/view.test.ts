import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Check, JournalEntry, Verification } from "@/lib/api/types";
import { bandOf, comparisonOf, otherNumbers } from "./view";

const MADE = readFileSync(new URL("../../../tests/golden/release_reverted.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as JournalEntry)
  .find((entry) => entry.kind === "verification.made")?.body as unknown as Verification;

function check(name: string): Check {
  const found = MADE.checks.find((each) => each.name.startsWith(name));
  if (!found) throw new Error(`the golden journal has no check ${name}`);
  return found;
}

test("shares are told in per cent, traffic by the second", () => {
  expect(comparisonOf(check("latency"))).toMatchObject({ before: "2 %", after: "2 %" });
  expect(comparisonOf(check("traffic"))?.before).toMatch(/^20\/s$/);
});

test("what is no comparison is told by its own numbers", () => {
  expect(comparisonOf(check("alert"))).toBeNull();
  expect(otherNumbers(check("alert"))).toContainEqual(["threshold", "0.05"]);
});

test("the interval lies within the margin where the check holds", () => {
  const compared = comparisonOf(check("errors"));
  const band = compared && bandOf(compared);
  expect(band && band.from < band.to && band.to < band.margin).toBe(true);
  expect(band && band.zero > band.from).toBe(true);
});
