import { expect, test } from "vitest";
import type { LogSignature } from "@/lib/api/types";
import { counted, partsOf, summary } from "./view";

const ONE: LogSignature = {
  template: "order <*> failed after <*> ms",
  level: "error",
  workload: null,
  count: 60,
  before: 3,
  course: "surging",
  times_more: 20.04,
  first_at: null,
  last_at: null,
  sample: "",
};

test("counts stand against those before, and a rise says how far", () => {
  expect(counted(ONE)).toBe("60 since it began, 3 before, 20 times the rate");
  expect(counted({ ...ONE, course: "steady" })).toBe("60 since it began, 3 before");
});

test("a past that was not read is not told as none", () => {
  expect(counted({ ...ONE, before: 0, course: "unknown", times_more: null })).toBe("60 since it began; the time before was not read");
});

test("no logs and no complaints are different answers", () => {
  expect(summary({ items: [], looked_at: false, left_out: 0 })).toMatch(/^No logs were read/);
  expect(summary({ items: [], looked_at: true, left_out: 0 })).toMatch(/nothing in them complains/);
  expect(summary({ items: [ONE, { ...ONE, course: "new" }], looked_at: true, left_out: 5 })).toBe("7 kinds of complaint: 1 new, 1 surging.");
});

test("what varies in a template is told apart", () => {
  expect(partsOf("a <*> b<*>").filter((each) => each.varies)).toHaveLength(2);
  expect(partsOf("a <*> b<*>").map((each) => each.text).join("")).toBe("a <*> b<*>");
});
