import { expect, test } from "vitest";
import type { Evidence } from "@/lib/api/types";
import { runbookEvidence, runbookOf } from "./view";

function evidence(id: string, tool: string, server = "notion"): Evidence {
  return { id, tool, server } as unknown as Evidence;
}

test("the whole page stands before what the search found", () => {
  expect(runbookEvidence([evidence("E1", "search_runbooks"), evidence("E2", "get_runbook"), evidence("E3", "search_runbooks")])?.id).toBe("E2");
  expect(runbookEvidence([evidence("E1", "search_runbooks")])?.id).toBe("E1");
  expect(runbookEvidence([evidence("E1", "get_runbook", "other")])).toBeNull();
});

test("a page is told with its text, a found one with its excerpt", () => {
  expect(runbookOf({ answer: { title: "Cart", markdown: "# Do", url: "https://wiki.example/cart" } })).toEqual({ title: "Cart", markdown: "# Do", url: "https://wiki.example/cart" });
  expect(runbookOf({ answer: { pages: [{ title: "Cart", excerpt: "look at" }] } })).toEqual({ title: "Cart", markdown: "look at", url: "" });
});

test("no page and odd answers are none", () => {
  expect([runbookOf({ answer: { pages: [] } }), runbookOf({}), runbookOf({ answer: { pages: "x" } })]).toEqual([null, null, null]);
});
