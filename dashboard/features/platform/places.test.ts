import { expect, test } from "vitest";
import { PLACES, placeAt } from "./places";

test("every place is at its own address, with or without a slash at the end", () => {
  for (const place of PLACES) {
    expect(placeAt(place.href)).toBe(place);
    expect(placeAt(`${place.href}/`)).toBe(place);
  }
});

test("what is elsewhere is at no place", () => {
  expect(placeAt("/")).toBeUndefined();
  expect(placeAt("/platformer")).toBeUndefined();
});
