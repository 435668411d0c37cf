"use client";

import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useSession } from "@/features/session/SessionGate";
import { read, type Call } from "./client";

export interface Sent {
  path: string;
  method?: Call["method"];
  body?: unknown;
}

/** One write to the API; what it makes stale is read anew when it was taken. */
export function useSend<T, V = void>(what: (input: V) => Sent, stale: readonly (readonly unknown[])[] = []): UseMutationResult<T, Error, V> {
  const { token } = useSession();
  const cache = useQueryClient();
  return useMutation<T, Error, V>({
    mutationFn: (input) => {
      const { path, method = "POST", body } = what(input);
      return read<T>(path, token, { method, ...(body === undefined ? {} : { body }) });
    },
    onSuccess: async () => {
      await Promise.all(stale.map((queryKey) => cache.invalidateQueries({ queryKey })));
    },
  });
}
