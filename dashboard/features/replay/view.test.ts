import { expect, test } from "vitest";
import { changed, markOf, markOfSuggestion, OWN, sentOf, sideOf, tookOf, type Counselled, type Judged } from "./view";

test("a law of one's own is sent as a file, and a shipped one by its name alone", () => {
  expect(sentOf(OWN, "version: 1")).toEqual({ files: [{ name: "policies.yaml", text: "version: 1" }] });
  expect(sentOf("strict", "left from before")).toEqual({ profile: "strict" });
});

test("what nobody can judge again has not changed", () => {
  expect([changed("allowed", "denied"), changed("allowed", "allowed"), changed("allowed", null), changed(null, "denied")]).toEqual([true, false, false, false]);
});

test("a difference that nothing proves is not called better", () => {
  expect(markOf("unproven")[1]).toBe("different");
  expect(markOf("perhaps_better")[1]).toBe("perhaps better");
});

test("each side names its engine, and one that nobody wrote down is not made up", () => {
  expect(sideOf("Now", { version: "1.2.0", rules: "abc", model: "" })).toBe("Now, engine 1.2.0 (abc)");
  expect(sideOf("Then", null)).toContain("not written down");
});

test("a suggestion that no rule finds is marked as what it is", () => {
  const mark = (belief: number | null) => markOfSuggestion({ belief } as Judged)[1];
  expect([mark(null), mark(0.4)]).toEqual(["not shown by evidence", "a rule finds it too"]);
});

test("what asking a model took has a cost only where a price is set", () => {
  const told = (cost: number | null) => tookOf({ tokens: 1200, milliseconds: 3400, cost } as Counselled);
  expect([told(null), told(0.0213)]).toEqual(["1,200 tokens, 3.4 s", "1,200 tokens, 3.4 s, cost 0.021"]);
});
