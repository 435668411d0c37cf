import { expect, test } from "vitest";
import { channelsOf, stateOf, type Parcel } from "./view";

const parcel = (state: Parcel["state"], error = "", channel = "slack") => ({ channel, state, error }) as Parcel;

test("a channel that is not set up is listed too, after those that are", () => {
  const found = channelsOf({ channels: ["webhook"], items: [] });
  expect(found.map((each) => [each.name, stateOf(each)[1]])).toEqual([
    ["webhook", "set up"],
    ["slack", "not set up"],
  ]);
});

test("what was given up is told before what is on the way, with the newest reason", () => {
  const items = [parcel("delivered"), parcel("waiting", "503"), parcel("given_up", "no such channel"), parcel("given_up", "old", "webhook")];
  const [slack] = channelsOf({ channels: ["slack"], items });
  expect(slack && [stateOf(slack)[1], slack.error]).toEqual(["1 given up", "503"]);
});
