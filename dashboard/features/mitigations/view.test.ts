import { expect, test } from "vitest";
import type { Mitigation, MitigationState } from "@/lib/api/types";
import { courseOf, fixOf, isOpen, placeOf, pressing, pressure } from "./view";

const NOW = Date.parse("2026-03-01T12:00:00Z");

function box(state: MitigationState, expires_at = "2026-03-01T14:00:00Z"): Mitigation {
  return { key: `${state}-${expires_at}`, incident_id: "inc_1", state, expires_at, target: { kind: "Deployment", name: "orders", namespace: "shop", cluster: "eu/1" } } as unknown as Mitigation;
}

test.each([
  [box("standing"), "2 h left", "accent"],
  [box("standing", "2026-03-01T12:09:30Z"), "9 min left", "warn"],
  [box("standing", "2026-03-01T12:00:00Z"), "time is up: being restored", "warn"],
  [box("asked", "2026-03-01T11:00:00Z"), "time is up: its owner must decide", "bad"],
  [box("restored"), "restored", "good"],
  [box("kept"), "kept for good", "calm"],
  [box("taken_back"), "taken back: it did not help", "calm"],
])("how it stands is said: $state until $expires_at", (of, said, tone) => {
  expect(courseOf(of, NOW)).toEqual({ said, tone });
});

test("only what stands or is asked about can be decided", () => {
  const open = (["standing", "asked", "restored", "kept", "taken_back"] as const).filter((state) => isOpen({ state }));
  expect(open).toEqual(["standing", "asked"]);
});

test("what waits for its owner and what is nearly up presses, what has time and what has ended does not", () => {
  const near = box("standing", "2026-03-01T12:15:00Z");
  const asked = box("asked", "2026-03-01T10:00:00Z");
  const found = pressing([asked, near, box("standing", "2026-03-01T12:15:01Z"), box("kept", "2026-03-01T12:01:00Z")], NOW);
  expect(found).toEqual({ asked: [asked], soon: [near] });
  expect(pressure(found)).toBe("1 waits for its owner; the time of 1 is nearly up");
  expect(pressure({ asked: [asked, asked], soon: [] })).toBe("2 wait for their owner");
  expect(pressure({ asked: [], soon: [] })).toBe("");
});

test("it leads to its card in its incident's room", () => {
  expect(placeOf(box("asked"))).toBe("/clusters/eu%2F1?incident=inc_1#mitigations");
});

test.each([
  [undefined, null],
  [{ state: "opened", name: "shop/orders#5", url: "https://github.com/shop/orders/issues/5" }, { href: "https://github.com/shop/orders/issues/5", said: "shop/orders#5" }],
  [{ state: "linked", name: "", url: "https://tracker.example/7" }, { href: "https://tracker.example/7", said: "https://tracker.example/7" }],
  [{ state: "opened", name: "shop/orders#5", url: "javascript:alert(1)" }, { href: "", said: "shop/orders#5" }],
  [{ state: "not_opened", why: "A freeze holds." }, { href: "", said: "no ticket: A freeze holds." }],
  [{ state: "sent" }, { href: "", said: "a ticket is being opened" }],
])("where the permanent fix is worked on is a link only where it begins with https: %j", (ticket, told) => {
  expect(fixOf({ ticket } as unknown as Mitigation)).toEqual(told);
});
