"use client";

import type { Incident, JournalEntry, PlanView } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment, spaced } from "@/lib/words";
import { AnswerBox } from "./AnswerBox";
import { staleOf } from "./stale";
import { StepCard } from "./StepCard";

const VERDICTS: Readonly<Record<string, Tone>> = { allowed: "good", needs_approval: "warn", denied: "bad" };

/** What the agent wants to do, what the law says of it, and the answer that is asked. */
export function Plans({ incident, entries }: { incident: Incident; entries: readonly JournalEntry[] }) {
  const found = useRead<{ items: PlanView[] }>(["plans", incident.id], `/api/v1/incidents/${encodeURIComponent(incident.id)}/plans`);
  return (
    <Card id="plan" title="Plan">
      <Loaded of={found} what="plans">
        {({ items }) => (items.length === 0 ? <NoPlan incident={incident} /> : items.map((view) => <Plan key={view.digest} view={view} incident={incident} entries={entries} />))}
      </Loaded>
    </Card>
  );
}

function NoPlan({ incident }: { incident: Incident }) {
  const over = incident.closed_at !== null;
  return (
    <Notice kind="empty" title={over ? "No plan was made" : "No plan yet"}>
      {over ? visible(incident.summary) : "It is made when a root cause stands."}
    </Notice>
  );
}

function Plan({ view, incident, entries }: { view: PlanView; incident: Incident; entries: readonly JournalEntry[] }) {
  const { plan, ruling } = view;
  return (
    <details open={view.newest} className="border-b border-line last:border-b-0">
      <summary className="cursor-pointer px-4 py-2 text-sm">
        Attempt {plan.attempt}, made {moment(plan.made_at)}{" "}
        {ruling && <Badge tone={VERDICTS[ruling.verdict] ?? "calm"}>{spaced(ruling.verdict)}</Badge>} <code>{view.digest.slice(0, 12)}</code>
      </summary>
      <Moved entries={entries} digest={view.digest} />
      <ol className="flex flex-col gap-3 px-4 pb-3">
        {plan.steps.map((step) => (
          <StepCard
            key={step.key}
            step={step}
            judgement={ruling?.judgements.find((each) => each.step === step.index)}
            record={view.steps.find((each) => each.index === step.index)}
          />
        ))}
      </ol>
      {plan.if_nothing_is_done && (
        <p className="px-4 pb-3 text-sm">
          <strong>If nothing is done:</strong> {visible(plan.if_nothing_is_done)}
        </p>
      )}
      {plan.alternatives.length > 0 && (
        <div className="px-4 pb-3 text-sm">
          <strong>Also thought of:</strong>
          <ul className="list-disc pl-5">
            {plan.alternatives.map((each) => (
              <li key={each}>{visible(each)}</li>
            ))}
          </ul>
        </div>
      )}
      <AnswerBox view={view} incident={incident} />
    </details>
  );
}

/** Why a yes that was given no longer holds. */
function Moved({ entries, digest }: { entries: readonly JournalEntry[]; digest: string }) {
  const stale = staleOf(entries, digest);
  if (!stale) return null;
  return (
    <div role="note" className="mx-4 mb-3 rounded border border-warn p-3 text-sm">
      <p>
        <strong>The yes of {stale.by.join(", ")} no longer holds:</strong> what the plan stands on changed after it was made. It is asked again with a plan made from what is there now.
      </p>
      <ul className="list-disc pl-5">
        {stale.changes.map((each) => (
          <li key={each} className="break-words">
            {visible(each)}
          </li>
        ))}
      </ul>
    </div>
  );
}
