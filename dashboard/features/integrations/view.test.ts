import { expect, test } from "vitest";
import { inOrder, stateOf, summary, took, type Integration, type IntegrationTest } from "./view";

const one = (name: string, state: Integration["state"]): Integration => ({ name, title: name, server: name, gives: "", state, address: "", error: "", tool: "" });
const ALL = [one("a", "not_set_up"), one("b", "up"), one("c", "down")];

test("what is down comes first, what was never set up last", () => {
  expect(inOrder(ALL).map((each) => each.name)).toEqual(["c", "b", "a"]);
});

test("the summary counts what is set up, and says what of it is down", () => {
  expect(summary(ALL)).toBe("2 of 3 set up, 1 down");
  expect(summary([one("b", "up")])).toBe("1 of 1 set up");
});

test("what was not set up is no fault", () => {
  expect(ALL.map((each) => stateOf(each)[0])).toEqual(["calm", "good", "bad"]);
});

test("a language model is on or off, and off is no fault", () => {
  const model = (state: Integration["state"]) => stateOf({ ...one("model", state), server: "" });
  expect([model("up"), model("not_set_up")]).toEqual([
    ["good", "on"],
    ["calm", "off"],
  ]);
});

test("latency is in the unit that says something", () => {
  const took_ms = (milliseconds: number) => took({ milliseconds } as IntegrationTest);
  expect([took_ms(7), took_ms(999), took_ms(10_000)]).toEqual(["7 ms", "999 ms", "10.0 s"]);
});
