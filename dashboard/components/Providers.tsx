"use client";

import { useState, type ReactNode } from "react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { SessionGate } from "@/features/session/SessionGate";
import { ApiFailure } from "@/lib/api/client";
import { againAfter } from "@/lib/api/line";
import { Frame } from "./Frame";

const PASSING: ReadonlySet<string> = new Set(["offline", "unready"]);

function newClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2000,
        // a refusal stays a refusal; a line that is down is asked again
        retry: (count, wrong) => wrong instanceof ApiFailure && PASSING.has(wrong.kind) && count < 2,
        refetchInterval: againAfter,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(newClient);
  return (
    <QueryClientProvider client={client}>
      <SessionGate>
        <Frame>{children}</Frame>
      </SessionGate>
    </QueryClientProvider>
  );
}
