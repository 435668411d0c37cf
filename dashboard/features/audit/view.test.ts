import { expect, test } from "vitest";
import { exportName, isFiltered, isIncident, pagesOf, proofSentence, queryOf, wantedOf, type AuditProof } from "./view";

const proof = (changes: Partial<AuditProof>): AuditProof => ({ whole: true, entries: 12, journals: 3, broken_at: null, why: "", incident: "", key: "k", head: { seq: 12, hash: "", signature: "" }, outside: null, begins_after: 0, ...changes });

test("what the address asks for is what the API is asked for", () => {
  const wanted = wantedOf(new URLSearchParams("actor=ann&action=plan.&page=3&since=2026-03-01"));
  const query = new URLSearchParams(queryOf(wanted));
  expect([query.get("actor"), query.get("action"), query.get("page"), query.has("text"), query.has("until")]).toEqual(["ann", "plan.", "3", false, false]);
  expect(query.get("since")).toBe(new Date("2026-03-01T00:00:00").toISOString());
});

test("a day is whole: it ends with its last moment", () => {
  const query = new URLSearchParams(queryOf(wantedOf(new URLSearchParams("until=2026-03-01"))));
  expect(query.get("until")).toBe(new Date("2026-03-01T23:59:59.999").toISOString());
});

test("nonsense in the address is no filter and the first page", () => {
  const wanted = wantedOf(new URLSearchParams("page=-2&since=yesterday"));
  expect(wanted.page).toBe(1);
  expect(new URLSearchParams(queryOf(wanted)).has("since")).toBe(false);
  expect(isFiltered(wantedOf(new URLSearchParams("page=2")))).toBe(false);
});

test("a whole trail says so, and a broken one says where", () => {
  expect(proofSentence(proof({}))).toContain("nothing was changed");
  expect(proofSentence(proof({ begins_after: 4 }))).toContain("before entry 5");
  expect(proofSentence(proof({ whole: false, broken_at: 7, why: "its hash is another" }))).toContain("not true at entry 7. its hash is another");
  expect(proofSentence(proof({ whole: false, incident: "inc_1" }))).toContain("in the journal of inc_1");
});

test("an export is named by its moment, and pages are never none", () => {
  expect(exportName(new Date("2026-03-01T12:00:00.123Z"))).toBe("audit-20260301T120000Z.jsonl");
  expect([pagesOf(0), pagesOf(50), pagesOf(51)]).toEqual([1, 1, 2]);
});

test("an incident is led to, another subject is not", () => {
  expect([isIncident("inc_0abc"), isIncident("admin"), isIncident("inc_x/../y")]).toEqual([true, false, false]);
});
