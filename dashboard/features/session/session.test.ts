import { expect, test } from "vitest";
import { hereAsPage, linkIn, mayAct } from "./session";

test("the word of a one-time link is read from the fragment alone, and nothing else is taken for one", () => {
  const word = `srel_${"a".repeat(43)}`;
  expect(linkIn(`#link=${word}`)).toBe(word);
  for (const other of ["", "#", "#link=", "#link=sre_abc", `#link=${word}&x`, `#LINK=${word}`, `#link=${word}<b>`]) expect(linkIn(other)).toBe("");
});

test("who signs in elsewhere comes back to the page they wanted, and to no other site", () => {
  expect(hereAsPage({ pathname: "/clusters/x/", search: "?incident=inc_1" })).toBe("/clusters/x/?incident=inc_1");
  for (const pathname of ["//evil.example", "/\\evil.example", "", "/" + "a".repeat(600)]) expect(hereAsPage({ pathname, search: "" })).toBe("/");
});

test("a role below the least, or none, may not act", () => {
  expect(mayAct("approver", "responder")).toBe(true);
  expect(mayAct("viewer", "responder")).toBe(false);
  expect(mayAct(null, "viewer")).toBe(false);
});
