import { expect, test } from "vitest";
import { changed, markOf, OWN, sentOf, sideOf } from "./view";

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
