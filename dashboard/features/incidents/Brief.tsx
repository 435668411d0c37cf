"use client";

import type { ReactNode } from "react";
import type { FiledAlert, Hypothesis, Incident, PlanView } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { visible } from "@/features/journal/look";
import { AlertsFold } from "./AlertsFold";
import { briefOf } from "./brief";

/** What is wrong, why, and what the agent wants to do: the first screen answers it, on a phone, too. */
export function Brief({ incident }: { incident: Incident }) {
  const alerts = useOf<FiledAlert>("alerts", incident.id);
  const hypotheses = useOf<Hypothesis>("hypotheses", incident.id);
  const plans = useOf<PlanView>("plans", incident.id);
  const { wrong, why, cause, wants, ended } = briefOf(incident, alerts, hypotheses, plans);
  return (
    <>
      <dl aria-label="In short" className="mt-2 grid gap-x-4 text-sm break-words sm:grid-cols-[max-content_minmax(0,1fr)] sm:gap-y-1">
        <Said label={incident.question ? "What was asked" : "What is wrong"}>
          <p className="line-clamp-4">{visible(wrong)}</p>
        </Said>
        <Said label="Why">
          <p className="line-clamp-6">
            {visible(why)} {cause && <span className="text-muted">({visible(cause)})</span>}
          </p>
        </Said>
        <Said label={wants.label}>
          {wants.lines.map((line, at) => (
            <p key={at} className="line-clamp-4">
              {wants.lines.length > 1 && `${at + 1}. `}
              {visible(line)}
            </p>
          ))}
        </Said>
        {ended && <Said label="How it ended">{visible(ended)}</Said>}
      </dl>
      <AlertsFold alerts={alerts} />
    </>
  );
}

function useOf<T>(what: string, incident: string): readonly T[] {
  return useRead<{ items: T[] }>([what, incident], `/api/v1/incidents/${encodeURIComponent(incident)}/${what}`).data?.items ?? [];
}

function Said({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="font-semibold max-sm:mt-1">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
