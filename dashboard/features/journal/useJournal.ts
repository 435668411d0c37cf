"use client";

import { useEffect, useReducer, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { ApiFailure } from "@/lib/api/client";
import type { JournalEntry } from "@/lib/api/types";
import { follow } from "@/lib/stream/follow";
import { useSession } from "@/features/session/SessionGate";
import { EMPTY, lastSeq, reduce, staleAfter, type JournalState } from "./reducer";

/** Entries that come within this time are drawn together. */
const GATHER_MS = 80;

/** One incident's journal as it grows; what it says is new elsewhere is read anew. */
export function useJournal(incident: string): { journal: JournalState; refused: ApiFailure | null } {
  const { token } = useSession();
  const cache = useQueryClient();
  const [journal, act] = useReducer(reduce, EMPTY);
  const [refused, setRefused] = useState<ApiFailure | null>(null);
  const held = useRef(EMPTY);

  useEffect(() => {
    const stop = new AbortController();
    let gathered: JournalEntry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    function flush() {
      timer = undefined;
      const batch = gathered;
      gathered = [];
      act({ type: "entries", batch });
      for (const view of staleAfter(batch)) void cache.invalidateQueries({ queryKey: [view, incident] });
    }
    void follow(
      incident,
      token,
      {
        entries(batch) {
          held.current = reduce(held.current, { type: "entries", batch });
          gathered.push(...batch);
          timer ??= setTimeout(flush, GATHER_MS);
        },
        connection: (state) => act({ type: "connection", state }),
        refused(wrong) {
          setRefused(wrong);
          void cache.invalidateQueries({ queryKey: ["incident", incident] });
        },
        last: () => lastSeq(held.current),
      },
      stop.signal,
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
      held.current = EMPTY;
      act({ type: "forgotten" });
    };
  }, [incident, token, cache]);

  return { journal, refused };
}
