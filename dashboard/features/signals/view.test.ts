import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { calmUntil, liveliest, onsetOf, rangeBefore, seriesOf, windowOf } from "./view";

const BODY = {
  answer: {
    series: [
      { metric: { service: "web" }, values: [[1, "0"], [2, "0"], [3, "0"]] },
      { metric: { service: "orders", code: "500" }, values: [[1, "0.1"], [2, "NaN"], [3, "0.6"], "odd"] },
      null,
    ],
  },
};

test("numbers come out of texts, and what is none leaves a hole", () => {
  expect(seriesOf(BODY)[1]).toEqual({ label: "orders / 500", times: [1000, 2000, 3000], values: [0.1, null, 0.6] });
});

test("the range is that of the time before it began", () => {
  const [web] = seriesOf(BODY);
  expect(web && rangeBefore(web, 3000)).toEqual([0, 0]);
  expect(web && rangeBefore(web, 1000)).toBeNull();
  expect(web && rangeBefore(web, null)).toBeNull();
});

test("the series that moved comes first", () => {
  expect(liveliest(seriesOf(BODY), 1).map((each) => each.label)).toEqual(["orders / 500"]);
});

test("answers of another shape have no series", () => {
  expect([seriesOf({}), seriesOf({ answer: { series: "x" } }), seriesOf({ answer: null })]).toEqual([[], [], []]);
});

test("it began when the first alert says so", () => {
  const alerts = ["2026-03-01T12:00:00Z", "2026-03-01T11:58:00Z", "nonsense"].map((starts_at) => ({ kind: "alert.received", body: { starts_at } }) as unknown as JournalEntry);
  expect(onsetOf(alerts)).toBe(Date.parse("2026-03-01T11:58:00Z"));
  expect(onsetOf([])).toBeNull();
  const guarded = { kind: "diagnosis.made", body: { windows: { guard_seconds: 20 } } } as unknown as JournalEntry;
  expect(calmUntil([...alerts, guarded])).toBe(Date.parse("2026-03-01T11:57:40Z"));
  expect(calmUntil(alerts)).toBe(onsetOf(alerts));
});

test("an incident lasts from its first alert until it ended, or still does", () => {
  const fired = { kind: "alert.received", at: "2026-03-01T12:00:00Z", body: { starts_at: "2026-03-01T11:58:00Z" } } as unknown as JournalEntry;
  const ended = { kind: "incident.ended", at: "2026-03-01T12:05:00Z", body: {} } as unknown as JournalEntry;
  expect(windowOf([fired, ended])).toEqual([Date.parse("2026-03-01T11:58:00Z"), Date.parse("2026-03-01T12:05:00Z")]);
  expect(windowOf([fired])?.[1]).toBe(Infinity);
  expect(windowOf([ended])).toBeNull();
});
