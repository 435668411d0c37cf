import { expect, test } from "vitest";
import type { Incident } from "@/lib/api/types";
import { addressOf, clustersOf, filterOf, moved, roomOf } from "./view";

function incident(id: string, more: Partial<Incident> = {}): Incident {
  return {
    id, title: id, severity: "warning", status: "open", origin: "alert", cluster: "", namespace: "shop", entity: null,
    group_key: "", alert_count: 1, cause: "", cause_entity: null, confidence: null, first_hypothesis_at: null, merged_into: null, leads_since: null,
    opened_at: "2026-03-01T12:00:00Z", updated_at: "2026-03-01T12:00:00Z", closed_at: null, outcome: null, question: "", summary: "",
    ...more,
  };
}

const NOON = Date.parse("2026-03-10T12:00:00Z");

test("an incident of last week is asked for by whole days, so that the question stays the same all day", () => {
  const asked = (opened: string, now = NOON) => addressOf(filterOf(new URLSearchParams({ opened })), now).split("&").slice(2).map(decodeURIComponent);
  expect(asked("before")).toEqual(["opened_after=2026-02-25T00:00:00.000Z", "opened_before=2026-03-04T00:00:00.000Z"]);
  expect(asked("week")).toEqual(["opened_after=2026-03-04T00:00:00.000Z"]);
  expect(asked("week", NOON + 3_600_000)).toEqual(asked("week"));
  expect(asked("toString")).toEqual([]);
});

test("what stands in the address is what the API is asked for", () => {
  const address = addressOf(filterOf(new URLSearchParams("show=waiting&severity=critical&text=a%26b&page=3")), NOON);
  expect(address).toBe("/api/v1/incidents?page=3&size=50&status=awaiting_approval&severity=critical&text=a%26b");
});

test.each(["page=-1", "page=x", "show=nonsense&severity=<b>", ""])("an address that says nonsense (%s) shows everything", (said) => {
  expect(addressOf(filterOf(new URLSearchParams(said)), NOON)).toBe("/api/v1/incidents?page=1&size=50");
});

test("an order is asked of the API, which sorts the whole list and not one page", () => {
  const asked = (sort: string) => addressOf(filterOf(new URLSearchParams({ sort, page: "2" })), NOON).split("&").slice(2);
  expect([asked("severity"), asked("oldest"), asked("newest"), asked("toString")]).toEqual([["order=worst"], ["order=oldest"], [], []]);
});

test("a name that would break out of an address does not", () => {
  expect(roomOf({ id: "inc_1&x=/", cluster: "../a?b" })).toBe("/clusters/..%2Fa%3Fb?incident=inc_1%26x%3D%2F");
});

test("a cluster is as bad as the worst that is unfinished in it", () => {
  const found = clustersOf([incident("a"), incident("b", { cluster: "west" }), incident("c", { cluster: "west", severity: "critical" })]);
  expect(found.map((each) => [each.cluster, each.open, each.worst])).toEqual([
    ["without a name", 1, "warning"],
    ["west", 2, "critical"],
  ]);
});

test("j and k stay within the list", () => {
  expect([moved(-1, 1, 3), moved(2, 1, 3), moved(0, -1, 3), moved(-1, 1, 0)]).toEqual([0, 2, 0, -1]);
});
