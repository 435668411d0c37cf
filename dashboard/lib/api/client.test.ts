import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { read } from "./client";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A line on which nothing comes until it is hung up. */
function silent() {
  vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new DOMException("hung up", "AbortError")))));
}

test("an answer that does not come in time is a failure, and says how long was waited", async () => {
  silent();
  const told = expect(read("/api/v1/things", "")).rejects.toMatchObject({ kind: "late", message: "the API did not answer within 15 s" });
  await vi.advanceTimersByTimeAsync(15_000);
  await told;
});

test("a change may take longer than a read", async () => {
  silent();
  const told = expect(read("/api/v1/things", "", { method: "POST" })).rejects.toMatchObject({ message: "the API did not answer within 60 s" });
  await vi.advanceTimersByTimeAsync(60_000);
  await told;
});

test("what nobody wants any more is no failure of the API's", async () => {
  silent();
  const gone = new AbortController();
  const told = expect(read("/api/v1/things", "", { signal: gone.signal })).rejects.toMatchObject({ name: "AbortError" });
  gone.abort();
  await told;
});
