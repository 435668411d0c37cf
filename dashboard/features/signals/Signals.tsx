"use client";

import { useState } from "react";
import type { Evidence, EvidenceBody, Hypothesis, JournalEntry } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { Chart } from "./Chart";
import { calmUntil, charted, liveliest, seriesOf, stepsOf, windowOf } from "./view";

const MOST_SERIES = 4;

interface Props {
  incident: string;
  entries: readonly JournalEntry[];
  onEvidence(id: string): void;
}

/** The series that were read, as they were when the agent read them. */
export function Signals({ incident, entries, onEvidence }: Props) {
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}`;
  const evidence = useRead<{ items: Evidence[] }>(["evidence", incident], `${path}/evidence`);
  const hypotheses = useRead<{ items: Hypothesis[] }>(["hypotheses", incident], `${path}/hypotheses`);
  const { quoted, others } = charted(evidence.data?.items ?? [], hypotheses.data?.items ?? []);
  const draw = (each: Evidence) => <OneQuery key={each.id} of={each} incident={incident} lasted={windowOf(entries)} calm={calmUntil(entries)} steps={stepsOf(entries)} onEvidence={onEvidence} />;
  return (
    <Card id="signals" title="Signals">
      <Loaded of={evidence} what="evidence">
        {() => (
          <>
            {quoted.length === 0 && <Notice kind="empty" title="No hypothesis quotes a series">{others.length > 0 ? "What was read is below." : "Series appear here when the metrics specialist has read some."}</Notice>}
            {quoted.length > 0 && <p className="px-4 pt-3 text-xs text-muted">Grey: the range while all was well. Red: the incident, from its first alert on. Broken line: a step was done.</p>}
            {quoted.map(draw)}
            {others.length > 0 && <Folded count={others.length}>{() => others.map(draw)}</Folded>}
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** Not read from the server before somebody wants to see it. */
function Folded({ count, children }: { count: number; children(): React.ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)} className="text-sm">
      <summary className="cursor-pointer px-4 py-2">{count} other queries</summary>
      {open && children()}
    </details>
  );
}

interface QueryProps {
  of: Evidence;
  incident: string;
  lasted: readonly [from: number, until: number] | null;
  calm: number | null;
  steps: readonly number[];
  onEvidence(id: string): void;
}

function OneQuery({ of: evidence, incident, lasted, calm, steps, onEvidence }: QueryProps) {
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}/evidence/${encodeURIComponent(evidence.id)}`;
  const body = useRead<EvidenceBody>(["evidence-body", incident, evidence.id], path);
  return (
    <div className="border-b border-line px-4 py-3 text-sm last:border-b-0">
      <p className="mb-1 flex gap-2">
        <button type="button" className="text-accent underline" onClick={() => onEvidence(evidence.id)}>
          {evidence.id}
        </button>
        <code className="line-clamp-2 text-muted">{visible(String(evidence.arguments.promql ?? ""))}</code>
      </p>
      <Loaded of={body} what="the series">
        {({ body: kept }) => {
          const series = seriesOf(kept);
          if (series.length === 0) return <p className="text-muted">Prometheus had no such series.</p>;
          return (
            <div className="grid gap-2 sm:grid-cols-2">
              {liveliest(series, MOST_SERIES).map((each, at) => (
                <Chart key={at} series={each} lasted={lasted} calm={calm} steps={steps} />
              ))}
              {series.length > MOST_SERIES && <p className="text-muted">and {series.length - MOST_SERIES} that moved less</p>}
            </div>
          );
        }}
      </Loaded>
    </div>
  );
}
