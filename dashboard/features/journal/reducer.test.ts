import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { EMPTY, lastSeq, reduce, staleAfter, type JournalState } from "./reducer";

const GOLDEN = readFileSync(new URL("../../../tests/golden/release_reverted.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as JournalEntry);

function told(...batches: readonly (readonly JournalEntry[])[]): JournalState {
  return batches.reduce((state, batch) => reduce(state, { type: "entries", batch }), EMPTY);
}

describe("the golden journal", () => {
  test("comes out whole, in order", () => {
    expect(told(GOLDEN).entries).toEqual(GOLDEN);
    expect(lastSeq(told(GOLDEN))).toBe(GOLDEN.length);
  });

  test("has no gap and no double wherever the line breaks and what is sent again", () => {
    for (let cut = 0; cut <= GOLDEN.length; cut += 1) {
      const again = GOLDEN.slice(Math.max(0, cut - 3));
      expect(told(GOLDEN.slice(0, cut), again, again).entries).toEqual(GOLDEN);
    }
  });

  test("waits for what is missing instead of showing a gap", () => {
    const state = told(GOLDEN.slice(0, 5), GOLDEN.slice(7));
    expect(lastSeq(state)).toBe(5);
    expect(reduce(state, { type: "entries", batch: GOLDEN.slice(5) }).entries).toEqual(GOLDEN);
  });

  test("makes every other view of the incident be read anew", () => {
    expect(staleAfter(GOLDEN).sort()).toEqual(["alerts", "evidence", "hypotheses", "incident", "plans", "postmortem"]);
  });
});

test.each(["mitigation.began", "mitigation.due", "mitigation.asked", "mitigation.answered", "mitigation.ticketed", "step.restored", "step.undone"] as const)("%s makes what was done for a time be read anew", (kind) => {
  expect(staleAfter([{ kind }])).toContain("mitigations");
});

test("each loss of the line is counted once", () => {
  const states = (["live", "lost", "lost", "live", "lost"] as const).map((state) => ({ type: "connection", state }) as const);
  const end = states.reduce(reduce, EMPTY);
  expect(end).toMatchObject({ connection: "lost", losses: 2 });
});

test("what brings nothing new is the same state, so that nothing is drawn again", () => {
  const state = told(GOLDEN.slice(0, 4));
  expect(reduce(state, { type: "entries", batch: GOLDEN.slice(0, 4) })).toBe(state);
});
