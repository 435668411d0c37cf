/** Follows one incident's journal over server-sent events, and goes on after the last entry when the line breaks. */
import { ApiFailure, request } from "@/lib/api/client";
import type { JournalEntry } from "@/lib/api/types";
import { parseEvents } from "./events";

export interface Follower {
  entries(batch: JournalEntry[]): void;
  connection(state: "live" | "lost"): void;
  /** The token is no longer good, or the incident is not there: trying again would not help. */
  refused(failure: ApiFailure): void;
  /** The sequence number of the last entry that is held. */
  last(): number;
}

const HOPELESS: ReadonlySet<string> = new Set(["signed-out", "forbidden", "missing"]);
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
/** The server gives a sign of life every 15 s; after three missed ones the line is taken for dead. */
const SILENCE_MS = 45_000;

/** Runs until `signal` is aborted. */
export async function follow(incident: string, token: string, to: Follower, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await readOnce(incident, token, to, signal, () => (pause = FIRST_PAUSE_MS));
    } catch (wrong) {
      if (signal.aborted) return;
      if (wrong instanceof ApiFailure && HOPELESS.has(wrong.kind)) return to.refused(wrong);
    }
    if (signal.aborted) return;
    to.connection("lost");
    await sleep(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function readOnce(
  incident: string,
  token: string,
  to: Follower,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener("abort", hangUp, { once: true });
  let watch = setTimeout(hangUp, SILENCE_MS);
  try {
    const path = `/api/v1/incidents/${encodeURIComponent(incident)}/stream?after=${to.last()}`;
    const answer = await request(path, token, { signal: line.signal, accept: "text/event-stream" });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) return;
    to.connection("live");
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(watch);
      watch = setTimeout(hangUp, SILENCE_MS);
      alive();
      const parsed = parseEvents(rest + value);
      rest = parsed.rest;
      const batch = parsed.events.filter((event) => event.name === "entry").map(entryOf);
      if (batch.length > 0) to.entries(batch);
      // something is missing in between: it is asked for again after the last entry held
      if (to.last() < (batch.at(-1)?.seq ?? 0)) return;
    }
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", hangUp);
  }
}

function entryOf(event: { data: string }): JournalEntry {
  return JSON.parse(event.data) as JournalEntry;
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
