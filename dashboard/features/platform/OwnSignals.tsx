"use client";

import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { request } from "@/lib/api/client";
import { useSession } from "@/features/session/SessionGate";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Loaded, Notice } from "@/components/ui/states";
import { figure } from "@/lib/words";
import { familiesOf, matching, ordered } from "./metrics";

/** What the agent counts and measures of itself, as Prometheus reads it. */
export function OwnSignals() {
  const { token } = useSession();
  const [words, setWords] = useState("");
  const found = useQuery({
    queryKey: ["metrics"],
    refetchInterval: 10_000,
    queryFn: async ({ signal }) => familiesOf(await (await request("/metrics", token, { signal, accept: "text/plain" })).text()),
  });
  return (
    <Card title="The agent's own signals">
      <div className="border-b border-line p-3">
        <Field label="Search signals" hideLabel type="search" placeholder="Search" value={words} onChange={setWords} />
      </div>
      <Loaded of={found} what="signals">
        {(families) => {
          const shown = ordered(matching(families, words));
          if (shown.length === 0) return <Notice kind="empty" title="No signal is called that" action={["Show all", () => setWords("")]} />;
          return (
            <ul tabIndex={0} aria-label="Signals" className="max-h-[32rem] overflow-y-auto">
              {shown.map((family) => (
                <li key={family.name} className="border-b border-line px-4 py-2 text-sm last:border-b-0">
                  <code>{family.name}</code>
                  <p className="text-muted">{family.help}</p>
                  <ul>
                    {family.samples.map((sample) => (
                      <li key={sample.labels} className="flex justify-between gap-3">
                        <span className="min-w-0 break-words text-muted">{sample.labels || "all"}</span>
                        <strong>{figure(sample.value)}</strong>
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
