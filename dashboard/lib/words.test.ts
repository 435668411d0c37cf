import { expect, test } from "vitest";
import { ago, entity, figure, visible } from "./words";

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

test.each([
  ["a right-to-left override", "pay\u202egnp.exe", "pay\\u202egnp.exe"],
  ["a joiner of no width", "ro\u200bot\u2060", "ro\\u200bot\\u2060"],
  ["a soft hyphen and an Arabic letter mark", "a\u00ad\u061c", "a\\u00ad\\u061c"],
  ["a line end that is none of ours", "one\u2028two\u2029", "one\\u2028two\\u2029"],
  ["a tag nobody sees", "ok\u{e0041}", "ok\\u{e0041}"],
  ["a filler", "\u3164admin\u115f", "\\u3164admin\\u115f"],
  ["half a sign", "a\ud800b", "a\\ud800b"],
  ["NUL and bell", "\u0000\u0007", "\\u0000\\u0007"],
])("%s is shown, not obeyed", (_, told, shown) => {
  expect(visible(told)).toBe(shown);
});

test("marks do not pile up over the lines around, and what people write stays as it is", () => {
  expect(visible(`a${"\u0301".repeat(500)}b`)).toBe(`a${"\u0301".repeat(4)}[496 more marks]b`);
  const written = "<b>ü – 日本 שלום नमस्ते 🚒\t</b>\n";
  expect(visible(written)).toBe(written);
});

test("a name from outside steers nothing, also as part of an object's name", () => {
  expect(entity({ kind: "Pod", name: "p\u202e", namespace: "s\u200b", cluster: "" })).toBe("Pod s\\u200b/p\\u202e");
});
