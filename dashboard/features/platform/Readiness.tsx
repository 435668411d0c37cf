"use client";

import { useQuery } from "@tanstack/react-query";
import { useSession } from "@/features/session/SessionGate";
import type { Readiness as Ready } from "@/lib/api/types";
import { ApiFailure } from "@/lib/api/client";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";

/** Whether the agent can take work: each check by name, with what is wrong. */
export function Readiness() {
  const { token } = useSession();
  const found = useQuery<Ready>({
    queryKey: ["readiness"],
    refetchInterval: 5000,
    queryFn: async ({ signal }) => {
      const answer = await fetch("/readyz", { headers: { "X-CSRF-Token": token }, credentials: "same-origin", signal }).catch(() => null);
      // 503 is an answer too: it says what is not well
      if (answer && (answer.ok || answer.status === 503)) return (await answer.json()) as Ready;
      throw new ApiFailure("offline", answer ? `it answered ${answer.status}` : "the API does not answer");
    },
  });
  return (
    <Card title="Agent" aside={found.data && !found.error && <Badge tone={found.data.ready ? "good" : "bad"}>{found.data.ready ? "ready" : "not ready"}</Badge>}>
      {found.error && found.data && (
        <p role="alert" className="px-4 pt-3 text-sm text-bad">
          It does not answer now; this is what it said last.
        </p>
      )}
      <Loaded of={found} what="the agent's health">
        {({ checks }) => (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 p-4 text-sm">
            {Object.entries(checks).map(([name, said]) => (
              <div key={name} className="contents">
                <dt>{name}</dt>
                <dd className={said === "ok" ? "text-good" : "text-bad"}>{said}</dd>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
