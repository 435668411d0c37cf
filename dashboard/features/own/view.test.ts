import { expect, test } from "vitest";
import { barsOf, duration, headline, highest, milliseconds, outcomesOf, windowOf, type OwnSignals, type Signals, type Spread } from "./view";

const nothing: Spread = { count: 0, median: null, p90: null, most: null };
const quiet: Signals = {
  since: "2026-03-01T00:00:00Z",
  until: "2026-03-02T00:00:00Z",
  step_seconds: 3600,
  opened: 0,
  completed: 0,
  handed_over: 0,
  completion: null,
  outcomes: {},
  turns: nothing,
  first_hypothesis_seconds: nothing,
  duration_seconds: nothing,
  tools: [],
  buckets: [{ at: "2026-03-01T00:00:00Z", opened: 0, completed: 0, handed_over: 0 }],
};
const own = (changes: Partial<Signals>, model: Partial<OwnSignals["model"]> = {}): OwnSignals => ({
  signals: { ...quiet, ...changes },
  model: { names: [], calls: 0, failed: 0, tokens_in: 0, tokens_out: 0, tokens: 0, cost: 0, milliseconds: nothing, said: "none was asked", ...model },
  partial: false,
});
const value = (of: OwnSignals, name: string) => headline(of).find((each) => each.name === name)?.value;

test("a quiet day has no rate, rather than a bad one", () => {
  expect(value(own({}), "Completion rate")).toBe("nothing ended");
  expect(highest(barsOf(quiet, String))).toBe(1);
});

test("the rate is of what ended", () => {
  const told = headline(own({ completion: 0.75, completed: 3, handed_over: 1 }))[0];
  expect([told?.value, told?.about]).toEqual(["75 %", "3 of 4 ended without being handed to a person"]);
});

test("no model costs nothing, and an unknown price is not nought", () => {
  expect(value(own({}), "Model cost")).toBe("0");
  expect(value(own({}, { tokens: 10, cost: null }), "Model cost")).toBe("not known");
});

test("what a model took is told in calls, time and tokens, and its price by the setting that is missing", () => {
  const asked = own({}, { calls: 3, tokens_in: 120, tokens_out: 30, tokens: 150, cost: null, milliseconds: { count: 3, median: 900, p90: 2500, most: 2500 } });
  const told = headline(asked).filter((each) => each.name.startsWith("Model"));
  expect(told.map((each) => each.value)).toEqual(["3", "0.9 s", "150", "not known"]);
  expect(told[3]?.about).toContain("LLM_PRICE_IN");
});

test("times are in the unit that says something", () => {
  expect([null, 3.21, 240, 9000].map(duration)).toEqual(["nothing yet", "3.21 s", "4 min", "2.5 h"]);
  expect([milliseconds(null), milliseconds(12)]).toEqual(["no answer", "12 ms"]);
});

test("outcomes come most frequent first, in words", () => {
  expect(outcomesOf({ ...quiet, outcomes: { no_safe_action: 1, recovered: 4 } }).map((each) => each.name)).toEqual(["recovered", "no safe action"]);
});

test("an unknown window in the address is the last day", () => {
  expect([windowOf(null), windowOf("7"), windowOf("720")]).toEqual(["24", "24", "720"]);
});
