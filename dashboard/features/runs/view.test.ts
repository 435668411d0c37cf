import { expect, test } from "vitest";
import type { Incident } from "@/lib/api/types";
import { filterOf } from "@/features/incidents/view";
import { becameOf, causeOf, reportOf, runsAddress, tookOf, toolLine } from "./view";

const run = (more: Partial<Incident>) => ({ incident: { outcome: null, status: "investigating", cause: "", cause_entity: null, confidence: null, ...more } as Incident });

test("the history is asked for with the filters, the order and the page that stand in the address", () => {
  const filter = filterOf(new URLSearchParams("show=finished&sort=oldest&page=2&text=slow"));
  expect(runsAddress(filter, 0)).toMatch(/^\/api\/v1\/runs\?page=2&size=50&order=oldest&status=resolved&.*text=slow$/);
});

test("an id that would break out of the address does not", () => {
  expect(reportOf("a&b")).toBe("/runs?incident=a%26b");
});

test("a run says how it ended, what it found and how long it took, or that it goes on", () => {
  const entity = { kind: "Deployment", name: "cart", namespace: "shop" } as Incident["cause_entity"];
  expect(becameOf(run({}))).toBe("investigating");
  expect(becameOf(run({ outcome: "insufficient_evidence" }))).toBe("insufficient evidence");
  expect(causeOf(run({}))).toBe("no root cause was found");
  expect(causeOf(run({ cause: "oom_killed", cause_entity: entity, confidence: 0.93 }))).toBe("oom_killed of Deployment shop/cart, 93 %");
  expect([tookOf({ seconds: 61 }), tookOf({ seconds: null })]).toEqual(["1 min", "goes on"]);
});

test("a tool that never answered has no latency instead of nought", () => {
  expect(toolLine({ tool: "t", calls: 2, failed: 2, milliseconds: { count: 0, median: null, p90: null, most: null } })).toEqual(["2", "2", "–", "–", "–"]);
});
