import { expect, test } from "vitest";
import { above, agreementOf, agreementSign, below, inOrder, shareOf, type Standing } from "./view";

const standing = (more: Partial<Standing>): Standing => ({
  service: "cart", action: "scale", level: "suggest", since: null, by: "", reason: "nobody decided yet",
  agreed: 0, differed: 0, undecided: 0, pending: 0, low: 0, high: 1, proposed: null, said: "", ...more,
});

test("what is proposed stands first, then what a wrong act took down, then the rest by name", () => {
  const found = inOrder([standing({ service: "b" }), standing({ service: "a" }), standing({ service: "fallen", by: "trust-ladder" }), standing({ service: "proposed", proposed: "approve" })]);
  expect(found.map((each) => each.service)).toEqual(["proposed", "fallen", "a", "b"]);
});

test("a share is never told without its bounds, and none is told where nothing was decided", () => {
  expect(agreementOf(standing({ agreed: 9, differed: 1, low: 0.596, high: 0.982 }))).toBe("9 of 10 agreed: between 60 % and 98 % (95 %)");
  expect(agreementOf(standing({ pending: 3 }))).toBe("no case was decided yet");
  expect([shareOf(standing({})), shareOf(standing({ agreed: 3, differed: 1 }))]).toEqual([0, 0.75]);
});

test("one climbs one level at a time and may fall any number", () => {
  expect([above("observe"), above("act"), below("act"), below("observe")]).toEqual(["suggest", "", ["observe", "suggest", "approve"], []]);
});

test("a wrong act is called one, also where people had agreed to it", () => {
  expect(agreementSign({ agreement: "agreed", wrong: true })[1]).toBe("a wrong act");
});
