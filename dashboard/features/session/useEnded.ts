"use client";

import { useEffect, useLayoutEffect, useRef } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { ApiFailure, read } from "@/lib/api/client";
import type { DoorView, SessionView } from "@/lib/api/types";

type Event = { type: string; action?: { type: string; error?: unknown } };

/** When the API knows this page's session no more, it is asked once who is there now: nobody, or who signed in beside it. */
export function useEnded(inside: boolean, told: (session: SessionView | null) => void): void {
  const cache = useQueryClient();
  const current = useRef(told);
  useLayoutEffect(() => {
    current.current = told;
  });
  useEffect(() => {
    if (!inside) return undefined;
    let asking = false;
    async function askWho() {
      if (asking) return;
      asking = true;
      // where nobody answers now, the next read that is refused asks again
      const door = await read<DoorView>("/api/v1/login", "").catch(() => null);
      asking = false;
      if (door) current.current(door.session);
    }
    function heard(event: Event) {
      const wrong = event.type === "updated" && event.action?.type === "error" ? event.action.error : null;
      if (wrong instanceof ApiFailure && wrong.kind === "signed-out") void askWho();
    }
    const stops = [cache.getQueryCache().subscribe(heard), cache.getMutationCache().subscribe(heard)];
    return () => stops.forEach((stop) => stop());
  }, [inside, cache]);
}
