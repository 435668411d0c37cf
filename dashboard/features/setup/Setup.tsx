"use client";

import { useState } from "react";
import { useRead } from "@/lib/api/hooks";
import type { Readiness } from "@/lib/api/types";
import type { IntegrationList } from "@/features/integrations/view";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { Receiver } from "./Receiver";
import { TestAlert } from "./TestAlert";
import { stepsOf, type SetupFacts, type Step } from "./view";

/** From a fresh start to the first alert. */
export function Setup() {
  const facts = useRead<SetupFacts>(["setup"], "/api/v1/setup", { everyMs: 5000 });
  const integrations = useRead<IntegrationList>(["integrations"], "/api/v1/integrations", { everyMs: 5000 });
  const ready = useRead<Readiness>(["readiness"], "/readyz?page=true", { everyMs: 5000 });
  const [tested, setTested] = useState(false);
  const known = ready.data ? ready.data.ready : ready.error ? false : null;
  const steps = stepsOf({ ready: known, integrations: integrations.data ?? null, facts: facts.data ?? null, tested });
  return (
    <Loaded of={facts} what="what is set up">
      {(told) => (
        <>
          <Card title="How far it is">
            <ol className="p-4 text-sm">
              {steps.map((step) => (
                <Line key={step.id} step={step} />
              ))}
            </ol>
            <p className="border-t border-line px-4 py-2 text-sm">
              <a href="/platform/integrations">Test each connection</a> · <a href="/platform">look at the checks</a> · <a href="/">go to the incidents</a>
            </p>
          </Card>
          <Receiver facts={told} />
          <TestAlert onArrived={() => setTested(true)} />
        </>
      )}
    </Loaded>
  );
}

function Line({ step }: { step: Step }) {
  return (
    <li className="flex gap-2 py-1">
      <span aria-hidden="true" className={step.done ? "text-good" : "text-muted"}>
        {step.done ? "✔" : "○"}
      </span>
      <span>
        <strong>{step.title}</strong>
        <span className="sr-only">{step.done ? " (done)" : " (not yet)"}</span>
        <span className="block text-muted">{step.says}</span>
      </span>
    </li>
  );
}
