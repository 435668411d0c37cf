import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { actorsOf, phaseOf, signOf, spokenBy, visible } from "./look";

const GOLDEN = readFileSync(new URL("../../../tests/golden/release_reverted.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as JournalEntry);

test("the golden journal goes through the whole loop, in order", () => {
  const phases = GOLDEN.map((_, at) => phaseOf(GOLDEN.slice(0, at + 1)));
  expect([...new Set(phases)]).toEqual(["opened", "observe", "orient", "decide", "act", "act: verify", "over"]);
});

test("everybody who spoke can be listened to alone, and together they said everything", () => {
  const said = actorsOf(GOLDEN).map((actor) => spokenBy(GOLDEN, actor).length);
  expect(said.every((count) => count > 0)).toBe(true);
  expect(said.reduce((sum, count) => sum + count, 0)).toBe(GOLDEN.length);
  expect(actorsOf(GOLDEN)).toContain("ana");
});

test("text that would turn the line around is shown, not obeyed", () => {
  expect(visible("pay\u202egnp.exe\u0007")).toBe("pay\\u202egnp.exe\\u0007");
  expect(visible("<b>ü – 日本</b>\n")).toBe("<b>ü – 日本</b>\n");
});

test("a kind that this build does not know is shown plainly", () => {
  expect(signOf("constructor" as JournalEntry["kind"])).toEqual({ sign: "·", look: "chatter" });
});
