"use client";

import type { Readiness as Ready } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";

/** Whether the agent can take work: each check by name, with what is wrong. */
export function Readiness() {
  const found = useRead<Ready>(["readiness"], "/readyz?page=true", { everyMs: 5000 });
  return (
    <Card title="Agent" aside={found.data && !found.error && <Badge tone={found.data.ready ? "good" : "bad"}>{found.data.ready ? "ready" : "not ready"}</Badge>}>
      <Loaded of={found} what="the agent's health">
        {({ checks, warnings }) => (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 p-4 text-sm">
            {Object.entries(checks).map(([name, said]) => (
              <div key={name} className="contents">
                <dt>{name}</dt>
                <dd className={said === "ok" ? "text-good" : "text-bad"}>{said}</dd>
              </div>
            ))}
            {Object.entries(warnings).map(([name, said]) => (
              <div key={`warning ${name}`} className="contents">
                <dt>{name}</dt>
                <dd className="break-words text-warn">{visible(said)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
