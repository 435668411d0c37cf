import { expect, test } from "vitest";
import { bodyText, partsOf } from "./view";

test("quoted words are found wherever they stand, across line breaks too", () => {
  const parts = partsOf("a KeyError:\n 'x' b KeyError: 'x'", "KeyError: 'x'");
  expect(parts.filter((part) => part.quoted).map((part) => part.text)).toEqual(["KeyError:\n 'x'", "KeyError: 'x'"]);
  expect(parts.map((part) => part.text).join("")).toBe("a KeyError:\n 'x' b KeyError: 'x'");
});

test("words with the signs of a pattern are taken as they are", () => {
  expect(partsOf("a.*b", ".*").map((part) => part.quoted)).toEqual([false, true, false]);
});

test("nothing quoted, nothing marked", () => {
  expect(partsOf("abc", " ")).toEqual([{ text: "abc", quoted: false }]);
});

test("log lines keep their line breaks", () => {
  expect(bodyText({ text: 'a "b"\nc' })).toContain('a "b"\nc');
});
