import { expect, test } from "vitest";
import type { PostMortemVersions } from "@/lib/api/types";
import { choices, DRAFT, LONGEST, saidOf, standing, whyNotEdit, whyNotKeep } from "./view";

const line = (number: number, by = "ana", is_draft = false, note = "") => ({ number, by, note, is_draft, at: "2026-03-01T12:00:00Z" });
const versions = (...items: PostMortemVersions["items"]): PostMortemVersions => ({ current: items.length, items });

test("the newest edit stands, and the draft where the newest went back to it", () => {
  expect(standing(versions())).toBe(DRAFT);
  expect(standing(versions(line(2), line(1)))).toBe(2);
  expect(standing(versions(line(3, "ben", true), line(2), line(1)))).toBe(DRAFT);
});

test("the draft can always be chosen, and a return to it is no choice of its own", () => {
  expect(choices(versions(line(3, "ben", true), line(2), line(1))).map(([value]) => value)).toEqual(["0", "2", "1"]);
});

test("it is said whether the draft or an edit is read, by whom, and whether it stands", () => {
  expect(saidOf(versions(), DRAFT)).toContain("nobody edited it yet");
  expect(saidOf(versions(line(1, "ana", false, "the deploy")), 1)).toMatch(/^Edited: version 1 by ana, .+: the deploy\.$/);
  expect(saidOf(versions(line(2), line(1)), 1)).toContain("not the one that stands");
  expect(saidOf(versions(line(1)), DRAFT)).toContain("the edited one stands");
  expect(saidOf(versions(line(2, "ben", true), line(1)), DRAFT)).toContain("ben went back to it");
});

test("a viewer reads why there is nothing to edit, and nobody keeps what is empty, too long or unchanged", () => {
  expect(whyNotEdit("viewer")).toContain("responder");
  expect(whyNotEdit("responder")).toBe("");
  expect(whyNotKeep("# a", "# b")).toBe("");
  expect(whyNotKeep("# b", "# b")).toContain("Nothing was changed");
  expect(whyNotKeep(" ", "# b")).toContain("no text");
  expect(whyNotKeep("x".repeat(LONGEST + 1), "# b")).toContain("200001");
});
