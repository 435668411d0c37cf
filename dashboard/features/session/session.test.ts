import { expect, test } from "vitest";
import { linkIn, mayAct } from "./session";

test("the word of a one-time link is read from the fragment alone, and nothing else is taken for one", () => {
  const word = `srel_${"a".repeat(43)}`;
  expect(linkIn(`#link=${word}`)).toBe(word);
  for (const other of ["", "#", "#link=", "#link=sre_abc", `#link=${word}&x`, `#LINK=${word}`, `#link=${word}<b>`]) expect(linkIn(other)).toBe("");
});

test("a role below the least, or none, may not act", () => {
  expect(mayAct("approver", "responder")).toBe(true);
  expect(mayAct("viewer", "responder")).toBe(false);
  expect(mayAct(null, "viewer")).toBe(false);
});
