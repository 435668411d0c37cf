import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Check, JournalEntry, Verification } from "@/lib/api/types";
import { bandOf, comparisonOf, otherNumbers, spreadsOf } from "./view";

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

test("before, during and after stand on one width, in rising order", () => {
  const found = spreadsOf(check("errors"));
  expect(found.map((each) => each.when)).toEqual(["before", "during", "after"]);
  for (const { places } of found) expect([...places].sort((one, other) => one - other)).toEqual([...places]);
  const [before, during] = found;
  expect(during && before && during.places[2] > before.places[2]).toBe(true);
  expect(before?.said).toMatch(/^before: middle .* %/);
});

test("a check that kept no spread shows none, and its other numbers are told without it", () => {
  expect(spreadsOf(check("alert"))).toEqual([]);
  expect(otherNumbers(check("errors")).some(([name]) => name.startsWith("spread"))).toBe(false);
});
