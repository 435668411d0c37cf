"use client";

import { useAddress } from "@/lib/address";
import { useRead } from "@/lib/api/hooks";
import type { IncidentList } from "@/lib/api/types";
import { Badge, Card } from "@/components/ui/card";
import { Choice } from "@/components/ui/field";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { heardInOrder, placeOf, verdictOf, type Heard, type IncidentPolicy, type StepPolicy } from "./view";

/** Why each step of an incident's plans got its verdict, clause by clause. */
export function Explain() {
  const [address, change] = useAddress();
  const incident = address.get("incident") ?? "";
  const recent = useRead<IncidentList>(["incidents", "for the law"], "/api/v1/incidents?size=100");
  const options: (readonly [string, string])[] = [["", "choose an incident"], ...(recent.data?.items ?? []).map((each) => [each.id, visible(each.title)] as const)];
  if (incident && !options.some(([id]) => id === incident)) options.push([incident, incident]);
  return (
    <Card title="Why did it say so?">
      <div className="border-b border-line p-3">
        <Choice label="Incident to explain" options={options} value={incident} onChange={(next) => change({ incident: next })} />
      </div>
      {incident ? <Explained key={incident} incident={incident} /> : <Notice kind="empty" title="Choose an incident">Its plans are heard again, clause by clause.</Notice>}
    </Card>
  );
}

function Explained({ incident }: { incident: string }) {
  const found = useRead<IncidentPolicy>(["policy", incident], `/api/v1/incidents/${encodeURIComponent(incident)}/policy`);
  return (
    <Loaded of={found} what="what the law said">
      {({ plans }) =>
        plans.length === 0 ? (
          <Notice kind="empty" title="This incident has no plan">
            Where nothing is planned, the law has nothing to judge. <a className="underline" href={`/incidents/${encodeURIComponent(incident)}`}>Open the incident</a>
          </Notice>
        ) : (
          <ul>
            {plans.map((plan) => (
              <li key={plan.plan_digest} className="border-b border-line p-4 text-sm last:border-b-0">
                <p>
                  <strong>Plan {plan.attempt}</strong> <code>{plan.plan_digest.slice(0, 12)}</code>{" "}
                  {plan.verdict ? <Badge tone={verdictOf(plan.verdict)[0]}>{verdictOf(plan.verdict)[1]}</Badge> : plan.by_hand ? "holds instructions for a person, so nothing was judged" : "is not judged yet"}
                  {plan.verdict && !plan.same_law && <span className="text-warn"> The law has changed since: the clauses are those of the one in force now.</span>}
                </p>
                {plan.steps.map((step) => (
                  <Step key={step.step} step={step} />
                ))}
                {plan.undos.map((undo) => (
                  <p key={`${undo.step} ${undo.at}`} className="mt-2 border-l-2 border-line pl-3">
                    Taking step {undo.step + 1} back: <Badge tone={verdictOf(undo.verdict)[0]}>{verdictOf(undo.verdict)[1]}</Badge> <code>{undo.rule}</code>:{" "}
                    {visible(undo.sentence)}
                  </p>
                ))}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Step({ step }: { step: StepPolicy }) {
  const { telling, rest } = heardInOrder(step.clauses);
  return (
    <div className="mt-2 border-l-2 border-line pl-3">
      <p>
        {step.step + 1}. {visible(step.statement)} <Badge tone={verdictOf(step.verdict)[0]}>{verdictOf(step.verdict)[1]}</Badge>
      </p>
      <p className="text-muted">
        <code>{step.rule}</code>: {visible(step.sentence)}
      </p>
      <Clauses of={telling} />
      {rest.length > 0 && (
        <details>
          <summary className="cursor-pointer text-muted">{rest.length} clauses that did not match</summary>
          <Clauses of={rest} />
        </details>
      )}
      {step.clauses.length === 0 && <p className="text-muted">What the law was told then was not kept, so its clauses cannot be heard again.</p>}
    </div>
  );
}

function Clauses({ of: clauses }: { of: readonly Heard[] }) {
  return (
    <ul className="my-1">
      {clauses.map((each) => (
        <li key={`${each.kind} ${each.id}`} className="break-words">
          <code>{each.id}</code> ({placeOf(each)}) {each.says}: {visible(each.why)}
        </li>
      ))}
    </ul>
  );
}
