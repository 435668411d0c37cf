"use client";

import { useCallback, useSyncExternalStore } from "react";
import { useQueryClient, type Query } from "@tanstack/react-query";
import { ApiFailure } from "./client";

/** When what is on screen was true last, in milliseconds, while some of it cannot be read anew; 0: the line is up. */
export function useLineDown(): number {
  const cache = useQueryClient().getQueryCache();
  const listen = useCallback((onChange: () => void) => cache.subscribe(onChange), [cache]);
  const look = () => downSince(cache.getAll());
  return useSyncExternalStore(listen, look, () => 0);
}

type Held = Pick<Query, "isActive"> & { state: Pick<Query["state"], "data" | "dataUpdatedAt" | "error"> };

/** The oldest of what is shown and could not be read again; what was never read says so in its own place. */
export function downSince(queries: readonly Held[]): number {
  const held = queries.filter((each) => each.isActive() && each.state.data !== undefined && isPassing(each.state.error));
  return held.length > 0 ? Math.min(...held.map((each) => each.state.dataUpdatedAt)) : 0;
}

const AGAIN_MS = 4000;

/** How soon a read that failed is asked again: what passes is asked for until it has passed, also where nothing else would ask. */
export function againAfter({ state }: { state: { error: unknown } }): number | false {
  return isPassing(state.error) ? AGAIN_MS : false;
}

/** Refusals stay; what comes from the line or from a server in trouble passes. */
function isPassing(wrong: unknown): boolean {
  return wrong instanceof ApiFailure && (wrong.kind === "offline" || wrong.kind === "late" || wrong.kind === "unready" || wrong.status >= 500);
}
