"use client";

import { useEffect, useState } from "react";
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useSession } from "@/features/session/SessionGate";
import { read } from "./client";

interface Asked {
  /** Asked again this often; without it only when something says that it is stale. */
  everyMs?: number;
  /** What was shown before stays until the new is there. */
  keep?: boolean;
  enabled?: boolean;
}

/** One read of the API, under the key it is made stale by. */
export function useRead<T>(key: readonly unknown[], path: string, asked: Asked = {}): UseQueryResult<T> {
  const { token } = useSession();
  return useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => read<T>(path, token, { signal }),
    enabled: asked.enabled ?? true,
    ...(asked.everyMs ? { refetchInterval: asked.everyMs } : {}),
    ...(asked.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** The time, as often as wanted. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
