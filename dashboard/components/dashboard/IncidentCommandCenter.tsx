"use client";

import { useState } from "react";
import type { Incident } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { useKeys } from "@/lib/keys";
import { EvidenceDialog, type Opened } from "@/features/evidence/EvidenceDialog";
import { Hypotheses } from "@/features/hypotheses/Hypotheses";
import { IncidentHead } from "@/features/incidents/IncidentHead";
import { phaseOf } from "@/features/journal/look";
import { Scrubber } from "@/features/journal/Scrubber";
import { useJournal } from "@/features/journal/useJournal";
import { MitigationsCard } from "@/features/mitigations/MitigationsCard";
import { Plans } from "@/features/plans/Plans";
import { PostMortemPanel } from "@/features/postmortem/PostMortemPanel";
import { ReplayAgainst } from "@/features/replay/ReplayAgainst";
import { RunbookCard } from "@/features/runbook/RunbookCard";
import { SignaturesCard } from "@/features/signatures/SignaturesCard";
import { Signals } from "@/features/signals/Signals";
import { SimilarCard } from "@/features/similar/SimilarCard";
import { Timeline } from "@/features/timeline/Timeline";
import { TopologyCard } from "@/features/topology/TopologyCard";
import { Verifications } from "@/features/verification/Verifications";
import { FailureNotice, Loaded } from "@/components/ui/states";
import { MissionControl } from "./MissionControl";

/** Everything about one incident: what happens, why, what is to be done, and whether it helped. */
export function IncidentCommandCenter({ incident: id }: { incident: string }) {
  const { journal, refused } = useJournal(id);
  const found = useRead<Incident>(["incident", id], `/api/v1/incidents/${encodeURIComponent(id)}`, { everyMs: 15_000 });
  const [opened, setOpened] = useState<Opened | null>(null);
  const [until, setUntil] = useState<number | null>(null);
  useKeys({ a: toPlan });
  const open = (evidence: string, words = "") => setOpened({ id: evidence, words });
  const entries = until === null ? journal.entries : journal.entries.filter((entry) => entry.seq <= until);
  const diagnosis = journal.entries.findLast((entry) => entry.kind === "diagnosis.made")?.seq ?? 0;
  if (refused) {
    return (
      <main>
        <h1 className="sr-only">Incident {id}</h1>
        <FailureNotice wrong={refused} again={() => window.location.reload()} />
      </main>
    );
  }
  return (
    <main className="mx-auto flex max-w-[100rem] flex-col gap-4 p-4">
      {!found.data && <h1 className="sr-only">Incident {id}</h1>}
      <Loaded of={found} what="the incident">
        {(incident) => (
          <>
            <IncidentHead incident={incident} phase={phaseOf(entries)} entries={journal.entries} stale={journal.connection === "lost" || found.error !== null} />
            <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
              <div className="flex min-w-0 flex-col gap-4 lg:order-2">
                <Plans incident={incident} entries={journal.entries} />
                <MitigationsCard incident={id} />
                <Hypotheses incident={id} entries={entries} onEvidence={open} />
                <TopologyCard incident={id} diagnosis={diagnosis} />
                <Verifications incident={id} />
                <RunbookCard incident={id} onEvidence={open} />
                <SimilarCard incident={id} diagnosis={diagnosis} />
              </div>
              <div className="flex min-w-0 flex-col gap-4">
                <MissionControl entries={entries} connection={journal.connection} onEvidence={open} />
                <Scrubber entries={journal.entries} until={until} go={setUntil} />
                <Timeline entries={entries} onEvidence={open} />
                <Signals incident={id} entries={entries} onEvidence={open} />
                <SignaturesCard incident={id} diagnosis={diagnosis} />
                <ReplayAgainst incident={id} />
                <PostMortemPanel incident={id} />
              </div>
            </div>
          </>
        )}
      </Loaded>
      <EvidenceDialog incident={id} opened={opened} onClose={() => setOpened(null)} />
    </main>
  );
}

function toPlan() {
  document.getElementById("plan")?.scrollIntoView();
  document.getElementById("approve")?.focus();
}
