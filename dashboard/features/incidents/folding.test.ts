import { expect, test } from "vitest";
import type { Incident, JournalEntry } from "@/lib/api/types";
import { folded, joinersOf } from "./folding";

const incident = (id: string, merged_into: string | null = null) => ({ id, merged_into }) as Incident;

test("who joined stands under its leader and nowhere else, and the order of the leaders stays", () => {
  const found = folded([incident("c", "a"), incident("b"), incident("a"), incident("d", "a")]);
  expect(found.map((each) => [each.leader.id, each.joined.map((one) => one.id)])).toEqual([
    ["b", []],
    ["a", ["c", "d"]],
  ]);
});

test("who joined one that is not on this page is not lost", () => {
  expect(folded([incident("c", "elsewhere")]).map((each) => each.leader.id)).toEqual(["c"]);
});

test("a leader's journal names who joined it; the journal of one that joined names nobody", () => {
  const entry = (body: object, kind = "incident.merged") => ({ kind, body, text: "inc_2 joins" }) as JournalEntry;
  expect(joinersOf([entry({ from: "inc_2" }), entry({ into: "inc_1" }), entry({ from: "inc_3" }, "note.added"), entry({ from: 7 })])).toEqual([{ id: "inc_2", said: "inc_2 joins" }]);
});
