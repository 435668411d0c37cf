import { expect, test } from "vitest";
import { expiry, tokenForm } from "./view";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("a token is asked for with its purpose and its end", () => {
  expect(tokenForm("  CI ", "30", NOW, "ann")).toEqual({ label: "CI", expires_at: "2026-03-31T12:00:00.000Z" });
});

test("without a purpose it names who issued it, and without days it has no end", () => {
  expect(tokenForm(" ", "", NOW, "ann")).toEqual({ label: "issued by ann", expires_at: null });
});

test("a token without an end is said to be one", () => {
  expect(expiry(null)).toContain("does not expire");
  expect(expiry("2026-03-31T12:00:00Z")).toContain("good until");
});
