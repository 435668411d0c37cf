import { expect, test } from "vitest";
import { lastPartOf } from "./address";

test.each([
  ["/clusters/prod/", "prod"],
  ["/clusters/eu%20west%2F1", "eu west/1"],
  ["/clusters/%zz", "%zz"],
  ["/clusters/100%", "100%"],
  ["/", ""],
])("the last part of %s is %s, and no address throws", (path, part) => {
  expect(lastPartOf(path)).toBe(part);
});
