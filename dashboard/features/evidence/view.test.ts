import { expect, test } from "vitest";
import { bodyText, partsOf } from "./view";

function quotedIn(body: unknown, words: string): string[] {
  return partsOf(bodyText(body), words)
    .filter((part) => part.quoted)
    .map((part) => part.text);
}

test("a log line with signs of its own is found as it was written", () => {
  const line = '2026 {"msg":"failed","stack":"Traceback\\n  File \\"a.py\\""}';
  expect(quotedIn({ answer: { lines: ["other", line] } }, line)).toEqual([line]);
});

test("what was cut from JSON is found however that was laid out", () => {
  const body = { series: [{ values: [[1772366400.0, "0.6"], [1772366401.0, "0.7"]] }], meta: { created: "11:57" } };
  expect(quotedIn(body, '[1772366400.0, "0.6"]')).toEqual(['[1772366400, "0.6"]']);
  expect(quotedIn(body, '"created":"11:57"')).toEqual(['"created": "11:57"']);
});

test("words with the signs of a pattern are taken as they are", () => {
  expect(partsOf("a.*b", ".*").map((part) => part.quoted)).toEqual([false, true, false]);
});

test("no part of the text is lost, and nothing is marked where nothing was quoted", () => {
  const text = bodyText({ a: ["x", "y", "z"], b: {}, c: null });
  expect(partsOf(text, "y").map((part) => part.text).join("")).toBe(text);
  expect(partsOf("abc", " ")).toEqual([{ text: "abc", quoted: false }]);
});
