"use client";

import { useEffect, useState } from "react";
import type { JournalEntry } from "@/lib/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { moment } from "@/lib/words";

interface Props {
  entries: readonly JournalEntry[];
  /** The last entry that is shown; null: all, as they come. */
  until: number | null;
  go(until: number | null): void;
}

const TICK_MS = 150;

/** Plays the incident again from its journal: what was known at any moment, and what came next. */
export function Scrubber({ entries, until, go }: Props) {
  const [playing, setPlaying] = useState(false);
  const last = entries.at(-1)?.seq ?? 0;
  const at = Math.min(until ?? last, last);
  const ended = at >= last;
  useEffect(() => {
    if (!playing || ended) return;
    const timer = setTimeout(() => go(at + 1), TICK_MS);
    return () => clearTimeout(timer);
  }, [playing, ended, at, go]);
  if (last === 0) return null;
  const here = entries[at - 1];
  const plays = playing && !ended;
  function play() {
    if (!plays && ended) go(1);
    setPlaying(!plays);
  }
  return (
    <Card title="Replay" aside={until !== null && <Button onClick={() => (setPlaying(false), go(null))}>Back to now</Button>}>
      <div className="flex flex-wrap items-center gap-3 p-4 text-sm">
        <Button onClick={play}>{plays ? "Stop" : "Play"}</Button>
        <input type="range" aria-label="Entry" aria-valuetext={here ? `entry ${at} of ${last}, ${moment(here.at)}` : ""} min={1} max={last} value={at} onChange={(event) => (setPlaying(false), go(Number(event.target.value)))} className="min-w-40 grow" />
        <span className="text-muted">
          {at} of {last}
          {here && `, ${moment(here.at)}`}
        </span>
      </div>
    </Card>
  );
}
