"use client";

import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Incident, JournalEntry } from "@/lib/api/types";
import { read } from "@/lib/api/client";
import { useNow } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Badge } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { visible } from "@/features/journal/look";
import { ago, spaced } from "@/lib/words";
import { Brief } from "./Brief";
import { Joiners, JoinedNotice } from "./Joined";
import { severityTone, statusTone } from "./view";

interface Props {
  incident: Incident;
  phase: string;
  entries: readonly JournalEntry[];
  /** The line is down: what is shown was true when it was last up. */
  stale: boolean;
}

export function IncidentHead({ incident, phase, entries, stale }: Props) {
  const now = useNow(1000);
  return (
    <header className="rounded-lg border border-line bg-panel p-4">
      {stale && (
        <p role="alert" className="mb-2 text-sm text-bad">
          The API does not answer. This is what it said last; it is asked again by itself.
        </p>
      )}
      {incident.merged_into && <JoinedNotice leader={incident.merged_into} />}
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={severityTone[incident.severity]}>{incident.severity}</Badge>
        <h1 className="min-w-0 grow text-lg font-semibold break-words">{visible(incident.title)}</h1>
        <Badge tone={statusTone[incident.status]}>{spaced(incident.status)}</Badge>
        {incident.outcome && <Badge tone={statusTone[incident.status]}>{spaced(incident.outcome)}</Badge>}
        <Badge>{phase}</Badge>
        <span className="text-sm text-muted">
          {incident.closed_at ? `lasted ${ago(incident.opened_at, Date.parse(incident.closed_at))}` : `${ago(incident.opened_at, now)} old`} · {incident.alert_count} {incident.alert_count === 1 ? "alert" : "alerts"}
        </span>
      </div>
      {!incident.merged_into && <Brief incident={incident} />}
      {incident.status === "awaiting_approval" && (
        <p className="mt-2 text-sm">
          <a href="#answer">It waits for an answer: yes or no ↓</a>
        </p>
      )}
      <Joiners entries={entries} />
      <Actions incident={incident} />
    </header>
  );
}

/** Stop working on it, or try again; each with a reason, and only where it can be done. */
function Actions({ incident }: { incident: Incident }) {
  const { me, token } = useSession();
  const cache = useQueryClient();
  const [wish, setWish] = useState<"cancel" | "retry" | null>(null);
  const [reason, setReason] = useState("");
  const act = useMutation({
    mutationFn: (word: "cancel" | "retry") => read<Incident>(`/api/v1/incidents/${encodeURIComponent(incident.id)}/${word}`, token, { method: "POST", body: { reason: reason.trim() } }),
    onSuccess: () => (setWish(null), cache.invalidateQueries({ queryKey: ["incident", incident.id] })),
  });
  if (!mayAct(me.role, "responder")) return null;
  const audit = `/platform/audit?${new URLSearchParams({ text: incident.id })}`;
  const over = incident.status === "resolved" || incident.status === "escalated" || incident.status === "closed";
  const again = incident.status === "escalated" || (incident.status === "closed" && incident.outcome !== "merged");
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      {!over && <Button look="danger" onClick={() => setWish("cancel")}>Stop working on it</Button>}
      {again && <Button onClick={() => setWish("retry")}>Investigate again</Button>}
      {mayAct(me.role, "approver") && <a href={audit} className="text-sm">Who approved and did what (audit log)</a>}
      <Dialog title={wish === "retry" ? "Investigate again" : "Stop working on it"} open={wish !== null} onClose={() => setWish(null)}>
        <form className="flex flex-col gap-3" onSubmit={(event) => (event.preventDefault(), wish && act.mutate(wish))}>
          {wish === "cancel" && <p className="text-sm">The agent stops before its next step. Steps that are done stay done.</p>}
          <Field label="Reason" value={reason} onChange={setReason} maxLength={4000} autoFocus />
          <Button type="submit" look="primary" disabled={act.isPending}>
            {act.isPending ? "Sending …" : wish === "retry" ? "Investigate again" : "Stop"}
          </Button>
          {act.error && (
            <p role="alert" className="text-sm text-bad">
              {act.error.message}
            </p>
          )}
        </form>
      </Dialog>
    </div>
  );
}
