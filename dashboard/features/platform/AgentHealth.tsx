"use client";

import type { Readiness as Ready } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { spaced } from "@/lib/words";
import { ailing } from "./health";

/** In a line on the first page: whether the agent can work, and what it lacks. */
export function AgentHealth() {
  const { me } = useSession();
  const found = useRead<Ready>(["readiness"], "/readyz?page=true", { everyMs: 5000 });
  return (
    <Card title="Agent" aside={found.data && !found.error && <Badge tone={found.data.ready ? "good" : "bad"}>{found.data.ready ? "ready" : "not ready"}</Badge>}>
      <Loaded of={found} what="the agent's health">
        {(health) => (
          <div className="p-4 text-sm">
            {ailing(health).length === 0 && <p className="text-muted">Every check is well.</p>}
            {ailing(health).map(([name, said]) => (
              <p key={name} className="break-words text-bad">
                {spaced(name)}: {said}
              </p>
            ))}
            <p className="mt-1">
              <a href="/platform">Health and connections</a>
              {mayAct(me.role, "responder") && (
                <>
                  {" "}
                  · <a href="/platform/setup">First run, step by step</a>
                </>
              )}
            </p>
          </div>
        )}
      </Loaded>
    </Card>
  );
}
