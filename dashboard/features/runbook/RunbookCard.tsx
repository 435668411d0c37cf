"use client";

import dynamic from "next/dynamic";
import type { Evidence, EvidenceBody } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Card } from "@/components/ui/card";
import { Late } from "@/components/ui/late";
import { Loaded, Notice } from "@/components/ui/states";
import { WebLink } from "@/components/ui/weblink";
import { visible } from "@/features/journal/look";
import { runbookEvidence, runbookOf } from "./view";

const Markdown = dynamic(() => import("@/components/ui/Markdown"), { ssr: false, loading: () => <Notice kind="loading" title="Laying out the page …" /> });

interface Props {
  incident: string;
  onEvidence(id: string): void;
}

/** What people wrote to do about this alert; shown to a person, never followed by the agent. */
export function RunbookCard(props: Props) {
  return (
    <Card id="runbook" title="Runbook">
      <Late>{() => <Found {...props} />}</Late>
    </Card>
  );
}

function Found({ incident, onEvidence }: Props) {
  const found = useRead<{ items: Evidence[] }>(["evidence", incident], `/api/v1/incidents/${encodeURIComponent(incident)}/evidence`);
  return (
    <Loaded of={found} what="evidence">
      {({ items }) => {
        const kept = runbookEvidence(items);
        if (!kept) return <Notice kind="empty" title="No runbook was looked for yet">The investigation looks for one by the alert’s name.</Notice>;
        return <Page incident={incident} evidence={kept.id} onEvidence={onEvidence} />;
      }}
    </Loaded>
  );
}

function Page({ incident, evidence, onEvidence }: Props & { evidence: string }) {
  const body = useRead<EvidenceBody>(["evidence-body", incident, evidence], `/api/v1/incidents/${encodeURIComponent(incident)}/evidence/${encodeURIComponent(evidence)}`);
  return (
    <Loaded of={body} what="the runbook">
      {({ body: kept }) => {
        const page = runbookOf(kept);
        if (!page) return <Notice kind="empty" title="No runbook fits">Write one: it is found by the alert’s name in its title or its text.</Notice>;
        return (
          <div className="flex flex-col gap-2 p-4 text-sm">
            <p>
              <strong>{visible(page.title)}</strong>{" "}
              <button type="button" className="text-accent underline" onClick={() => onEvidence(evidence)}>
                {evidence}
              </button>{" "}
              {page.url && <WebLink to={page.url} says="where it was written" />}
            </p>
            <div tabIndex={0} role="region" aria-label="Text of the runbook" className="max-h-96 overflow-y-auto">
              <Markdown text={page.markdown} />
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}
