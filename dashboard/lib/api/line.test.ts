import { expect, test } from "vitest";
import { ApiFailure } from "./client";
import { downSince } from "./line";

const query = (error: Error | null, { read = true, active = true, at = 5 } = {}) => ({ isActive: () => active, state: { data: read ? {} : undefined, dataUpdatedAt: at, error } });
const offline = new ApiFailure("offline", "the API does not answer");

test("while everything is read anew the line is up", () => {
  expect(downSince([query(null), query(null, { at: 1 })])).toBe(0);
});

test("of what could not be read again the oldest says since when", () => {
  expect(downSince([query(null, { at: 1 }), query(offline, { at: 7 }), query(new ApiFailure("refused", "the API answered 500", 500), { at: 3 })])).toBe(3);
});

test("a refusal is no broken line, nor is what nobody looks at or what was never read", () => {
  expect(downSince([query(new ApiFailure("forbidden", "no", 403)), query(offline, { active: false }), query(offline, { read: false })])).toBe(0);
});
