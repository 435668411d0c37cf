import { expect, test } from "vitest";
import { causesOf, meaningOf, partsOf, sentence, share, type Measurement, type Score } from "./view";

const score = (both_right: number, incidents = 10): Score => ({
  incidents,
  both_right,
  low: Math.max(0, both_right - 0.1),
  high: Math.min(1, both_right + 0.1),
  entity_right: both_right,
  in_three: both_right,
  abstained: 0,
  misled: 0,
  brier: null,
});

const measured: Measurement = {
  at: null,
  commit: "",
  calibration: [],
  skipped: [],
  parts: { zoo: score(1), lab: score(1), development: score(0.9) },
  causes: { oom_killed: score(1, 5), pod_network_delay: score(0.5), node_cordon: score(1, 2) },
};

test("known parts come in the order of their explanation, unknown ones after them", () => {
  expect(partsOf(measured).map((each) => each.name)).toEqual(["development", "lab", "zoo"]);
  expect(meaningOf("lab")).not.toBe("");
  expect(meaningOf("zoo")).toBe("");
});

test("the weakest cause comes first, and of equals the one with fewer examples", () => {
  expect(causesOf(measured, "").map((each) => each.name)).toEqual(["pod_network_delay", "node_cordon", "oom_killed"]);
});

test("every word of the search must stand in the name", () => {
  expect(causesOf(measured, "network POD").map((each) => each.name)).toEqual(["pod_network_delay"]);
  expect(causesOf(measured, "network oom")).toEqual([]);
});

test("shares keep one decimal, and no zero behind it", () => {
  expect([share(0.9877), share(1), share(0)]).toEqual(["98.8 %", "100 %", "0 %"]);
  expect(sentence({ name: "x", score: score(0.5) })).toBe("x: right in 50 % of 10, spread 40 % to 60 %");
});
