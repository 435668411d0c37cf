import { expect, test } from "vitest";
import { ago, entity, figure } from "./words";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test.each([
  ["2026-03-01T11:59:58Z", "2 s"],
  ["2026-03-01T11:57:30Z", "2 min"],
  ["2026-03-01T09:00:00Z", "3 h"],
  ["2026-02-20T12:00:00Z", "9 d"],
  ["2026-03-01T12:00:09Z", "0 s"],
])("%s is %s ago", (since, said) => {
  expect(ago(since, NOW)).toBe(said);
});

test("an object without a namespace has no slash", () => {
  expect(entity({ kind: "Node", name: "n1", namespace: "", cluster: "" })).toBe("Node n1");
  expect(entity({ kind: "Pod", name: "p", namespace: "shop", cluster: "" })).toBe("Pod shop/p");
});

test("numbers are cut to three figures, whole ones stay whole", () => {
  expect([figure(0.123456), figure(12345), figure(2)]).toEqual(["0.123", "12345", "2"]);
});
