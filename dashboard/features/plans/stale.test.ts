import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { staleOf } from "./stale";

function stale(digest: string, ...changes: unknown[]): JournalEntry {
  return { kind: "approval.stale", at: "2026-03-01T12:00:00Z", body: { plan_digest: digest, by: ["ana"], changes } } as unknown as JournalEntry;
}

test("a stale approval says whose yes it was and what changed", () => {
  expect(staleOf([stale("a", "replicas was 2, is 3")], "a")).toEqual({ at: "2026-03-01T12:00:00Z", by: ["ana"], changes: ["replicas was 2, is 3"] });
});

test("another plan's staleness is not this one's, and odd changes are left out", () => {
  expect(staleOf([stale("b", "x")], "a")).toBeNull();
  expect(staleOf([stale("a", "x", 3, null)], "a")?.changes).toEqual(["x"]);
});
