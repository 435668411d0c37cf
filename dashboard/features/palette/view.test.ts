import { expect, test } from "vitest";
import type { Incident } from "@/lib/api/types";
import { fitting, offersOf, stepped } from "./view";

const CART = { id: "inc_1", title: "CartSlow in shop", status: "awaiting_approval", severity: "high", cluster: "" } as unknown as Incident;
const PAGES = [{ href: "/platform", title: "Platform" }];

test("parts of the incident are offered only where an incident is open", () => {
  const titles = (inRoom: boolean) => offersOf(PAGES, [CART], inRoom).map((each) => each.title);
  expect(titles(true)).toContain("Go to Topology");
  expect(titles(false)).not.toContain("Go to Topology");
  expect(titles(false)).toContain("Platform");
});

test("all typed words must stand in an offer, in any order and case", () => {
  const offers = offersOf(PAGES, [CART], true);
  expect(fitting(offers, "AWAITING cart").map((each) => each.id)).toEqual(["incident inc_1"]);
  expect(fitting(offers, "cart platform")).toEqual([]);
});

test("what begins with the words comes before what only holds them", () => {
  const offers = [{ id: "a", title: "unfinished", more: "", href: "" }, { id: "b", title: "finished", more: "", href: "" }];
  expect(fitting(offers, "fin").map((each) => each.id)).toEqual(["b", "a"]);
});

test("going past the end begins again, and nothing is chosen of nothing", () => {
  expect([stepped(0, -1, 3), stepped(2, 1, 3), stepped(0, 1, 0)]).toEqual([2, 0, -1]);
});
