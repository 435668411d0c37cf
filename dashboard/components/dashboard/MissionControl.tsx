"use client";

import { useEffect, useRef, useState } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { JournalEntry } from "@/lib/api/types";
import { actorsOf, spokenBy } from "@/features/journal/look";
import type { Connection } from "@/features/journal/reducer";
import { JournalLine } from "@/features/journal/JournalLine";
import { Button } from "@/components/ui/button";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Choice } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";

const SAID: Readonly<Record<Connection, readonly [Tone, string]>> = {
  connecting: ["warn", "connecting …"],
  live: ["good", "live"],
  lost: ["bad", "connection lost, trying again"],
};

interface Props {
  entries: readonly JournalEntry[];
  connection: Connection;
  onEvidence(id: string): void;
}

/** Everything the agent thinks and does, as it happens. */
export function MissionControl({ entries, connection, onEvidence }: Props) {
  const [actor, setActor] = useState("");
  const [pausedAt, setPausedAt] = useState<number | null>(null);
  const held = pausedAt === null ? entries : entries.filter((entry) => entry.seq <= pausedAt);
  const shown = spokenBy(held, actor);
  const waiting = entries.length - held.length;
  const [tone, said] = SAID[connection];
  const options = [["", "Everybody"], ...actorsOf(entries).map((each) => [each, each] as const)] as const;
  return (
    <Card
      title="Mission control"
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <span role="status">
            <Badge tone={tone}>{said}</Badge>
          </span>
          {options.length > 2 && <Choice label="Who" options={options} value={actor} onChange={setActor} className="w-36" />}
          <Button aria-pressed={pausedAt !== null} onClick={() => setPausedAt(pausedAt === null ? (entries.at(-1)?.seq ?? 0) : null)}>
            {pausedAt === null ? "Pause" : `Go on${waiting > 0 ? ` (${waiting} new)` : ""}`}
          </Button>
        </div>
      }
    >
      {shown.length === 0 ? <Notice kind="empty" title="Nothing was said yet">What the agent thinks and does appears here by itself.</Notice> : <Stream entries={shown} onEvidence={onEvidence} />}
    </Card>
  );
}

const LINE_PX = 26;
const NEAR_END_PX = 60;

function Stream({ entries, onEvidence }: { entries: readonly JournalEntry[]; onEvidence(id: string): void }) {
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  // eslint-disable-next-line react-hooks/incompatible-library -- the list is virtual: only what is seen is drawn
  const lines = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    getItemKey: (at) => entries[at]?.seq ?? at,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && entries.length > 0) lines.scrollToIndex(entries.length - 1, { align: "end" });
  }, [follows, entries.length, lines]);
  function scrolled() {
    const at = box.current;
    if (at) setFollows(at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_END_PX);
  }
  return (
    <div className="relative">
      <div ref={box} onScroll={scrolled} tabIndex={0} role="log" aria-label="Journal" aria-live="off" className="h-[28rem] overflow-y-auto bg-[#0b0e13] py-2 font-mono text-[13px] text-[#dbe2ea] [overflow-anchor:none]">
        <div className="relative w-full" style={{ height: lines.getTotalSize() }}>
          {lines.getVirtualItems().map((row) => {
            const entry = entries[row.index];
            if (!entry) return null;
            return (
              <div key={row.key} ref={lines.measureElement} data-index={row.index} className="absolute left-0 w-full" style={{ transform: `translateY(${row.start}px)` }}>
                <JournalLine entry={entry} onEvidence={onEvidence} />
              </div>
            );
          })}
        </div>
      </div>
      {!follows && (
        <Button className="absolute right-4 bottom-3" onClick={() => setFollows(true)}>
          Follow ↓
        </Button>
      )}
    </div>
  );
}
