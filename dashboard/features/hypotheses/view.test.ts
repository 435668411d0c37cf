import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { causalChain, confidenceOverTime, engineOf } from "./view";

const GOLDEN = readFileSync(new URL("../../../tests/golden/release_reverted.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as JournalEntry);

test("the golden journal's root cause grew to what its diagnosis says", () => {
  const course = confidenceOverTime(GOLDEN).get("bad_deployment|Deployment|acme|orders");
  expect(course?.at(-1)?.confidence).toBeGreaterThan(0.8);
});

test("the chain leads from the symptom to the root", () => {
  const roles = causalChain(GOLDEN).map((link) => link.role);
  expect([roles[0], roles.at(-1)]).toEqual(["symptom", "root"]);
});

test("before anything was ranked there is nothing to tell", () => {
  expect(confidenceOverTime(GOLDEN.slice(0, 3)).size).toBe(0);
  expect(causalChain(GOLDEN.slice(0, 3))).toEqual([]);
});

test("bodies that are not as expected cost their own line only", () => {
  const odd = { ...GOLDEN[0], kind: "hypotheses.ranked", body: { hypotheses: [null, 3, { cause: "x" }, { cause: "y", confidence: 0.5, entity: { kind: "Pod", name: "p", namespace: "", cluster: "" } }] } } as unknown as JournalEntry;
  expect([...confidenceOverTime([odd]).keys()]).toEqual(["y|Pod||p"]);
});

test("the engine that decided is named as the journal names it, and nothing is said where it names none", () => {
  const made = (engine: unknown) => [{ ...GOLDEN[0], kind: "diagnosis.made", body: { engine } } as unknown as JournalEntry];
  expect(engineOf(made({ version: "1.2.0", rules: "abc", model: "" }))).toBe("Decided by engine 1.2.0 with rules abc; no language model helped.");
  expect(engineOf(made({ version: "1.2.0", rules: "abc", model: "ollama/small" }))).toContain("ollama/small helped");
  expect([engineOf(made(undefined)), engineOf(made("1.2.0")), engineOf([])]).toEqual(["", "", ""]);
});
