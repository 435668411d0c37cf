import { expect, test } from "vitest";
import { familiesOf, matching, ordered } from "./metrics";

const TEXT = `# HELP python_gc_objects Objects
python_gc_objects 3.0
# HELP http_seconds Time of requests
# TYPE http_seconds histogram
http_seconds_bucket{le="0.1"} 4.0
http_seconds_count{operation="a"} 4.0
http_seconds_sum{operation="a"} 0.25
# HELP jobs Jobs waiting
jobs 2
broken line
odd NaN
`;

test("counts and sums are told with the help of their family, buckets are not", () => {
  const found = familiesOf(TEXT).find((each) => each.name === "http_seconds_count");
  expect(found).toEqual({ name: "http_seconds_count", help: "Time of requests", samples: [{ labels: 'operation="a"', value: 4 }] });
  expect(familiesOf(TEXT).map((each) => each.name)).not.toContain("http_seconds_bucket");
});

test("what is not a number is left out", () => {
  expect(familiesOf(TEXT).map((each) => each.name)).toEqual(["python_gc_objects", "http_seconds_count", "http_seconds_sum", "jobs"]);
});

test("ours come before the interpreter's, and words find name or help", () => {
  expect(ordered(familiesOf(TEXT)).at(-1)?.name).toBe("python_gc_objects");
  expect(matching(familiesOf(TEXT), "WAITING jobs").map((each) => each.name)).toEqual(["jobs"]);
});
