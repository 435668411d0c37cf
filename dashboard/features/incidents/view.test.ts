import { expect, test } from "vitest";
import { addressOf, clusterLine, filterOf, moved, roomOf } from "./view";

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

test("a cluster's line says whether it can be looked into, and what is unfinished there", () => {
  const ours = { cluster: "lab", unnamed: true, unfinished: 0, waiting: 0, worst: null, oldest: null, reached: false, said: "it does not answer" };
  expect(clusterLine(ours, NOON)).toEqual({
    cluster: "lab", href: "/clusters/_", unfinished: "nothing unfinished", worst: null, reach: ["bad", "not reached"], said: "it does not answer",
  });
  const busy = { ...ours, cluster: "../west", unnamed: false, unfinished: 3, waiting: 1, worst: "critical" as const, oldest: "2026-03-10T11:00:00Z", reached: null };
  expect(clusterLine(busy, NOON).unfinished).toMatch(/^3 unfinished, 1 waiting for an answer, the oldest for 1 h/);
  expect(clusterLine(busy, NOON).href).toBe("/clusters/..%2Fwest");
  expect(clusterLine(busy, NOON).reach).toEqual(["calm", "only alerts"]);
  expect(clusterLine({ ...busy, reached: true }, NOON).reach[1]).toBe("reached");
});

test("j and k stay within the list", () => {
  expect([moved(-1, 1, 3), moved(2, 1, 3), moved(0, -1, 3), moved(-1, 1, 0)]).toEqual([0, 2, 0, -1]);
});
