// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JournalEntry } from "@/lib/api/types";
import { MissionControl } from "./MissionControl";

// nothing is laid out here: a stream of no height draws no line
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(448);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(800);
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const entry = (seq: number, text: string, actor = "reflector") =>
  ({ seq, text, actor, kind: "note.added", at: "2026-03-01T12:00:00Z", body: {} }) as unknown as JournalEntry;
const stream = (entries: readonly JournalEntry[], connection: "live" | "lost" = "live") => <MissionControl entries={entries} connection={connection} onEvidence={() => undefined} />;
const lines = () => [...screen.getByRole("log").querySelectorAll("[data-index]")].map((row) => row.textContent);

const FIRST = [entry(1, "one"), entry(2, "two", "planner")];

test("what is new comes by itself; paused it waits, counted, and comes when it goes on", () => {
  const { rerender } = render(stream(FIRST));
  expect(lines()).toHaveLength(2);
  fireEvent.click(screen.getByRole("button", { name: "Pause" }));
  rerender(stream([...FIRST, entry(3, "three"), entry(4, "four")]));
  expect(lines()).toHaveLength(2);
  fireEvent.click(screen.getByRole("button", { name: "Go on (2 new)" }));
  expect(lines()).toHaveLength(4);
});

test("one who speaks is heard alone, and everybody again", () => {
  render(stream(FIRST));
  fireEvent.change(screen.getByLabelText("Who"), { target: { value: "planner" } });
  expect(lines()).toEqual([expect.stringContaining("two")]);
  fireEvent.change(screen.getByLabelText("Who"), { target: { value: "" } });
  expect(lines()).toHaveLength(2);
});

test("who scrolls up is left where they read, and can follow again", () => {
  render(stream(FIRST));
  const box = screen.getByRole("log");
  Object.defineProperties(box, { scrollHeight: { value: 5000 } });
  box.scrollTop = 0;
  fireEvent.scroll(box);
  fireEvent.click(screen.getByRole("button", { name: "Follow ↓" }));
  expect(screen.queryByRole("button", { name: "Follow ↓" })).toBeNull();
});

test("a line that broke is said, and what was heard stays", () => {
  render(stream(FIRST, "lost"));
  expect(screen.getByRole("status").textContent).toBe("connection lost, trying again");
  expect(lines()).toHaveLength(2);
});

test("before anything was said that is said", () => {
  render(stream([]));
  expect(screen.getByText("Nothing was said yet")).toBeTruthy();
});
