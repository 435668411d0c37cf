import { expect, test } from "vitest";
import { sparkPath } from "./spark";

test("the lowest value lies on the floor, the highest under the ceiling", () => {
  expect(sparkPath([0, 10], { width: 100, height: 20 })).toBe("M0.0 20.0L100.0 0.0");
});

test("a missing value breaks the line instead of drawing it through", () => {
  expect(sparkPath([0, null, 1, 0], { width: 30, height: 10 })).toBe("M0.0 10.0M20.0 0.0L30.0 10.0");
});

test("a flat line is drawn, and nothing at all is not", () => {
  expect(sparkPath([3, 3], { width: 10, height: 10 })).toBe("M0.0 10.0L10.0 10.0");
  expect(sparkPath([null, Number.NaN], { width: 10, height: 10 })).toBe("");
});
