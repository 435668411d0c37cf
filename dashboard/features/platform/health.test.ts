import { expect, test } from "vitest";
import { ailing } from "./health";

test("of the agent's checks those are named that are not well, each with what it says", () => {
  expect(ailing({ checks: { database: "ok", runner: "silent for 40 s", k8s: "ok" } })).toEqual([["runner", "silent for 40 s"]]);
  expect(ailing({ checks: { database: "ok" } })).toEqual([]);
});
