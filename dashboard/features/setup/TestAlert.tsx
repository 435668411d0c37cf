"use client";

import { useEffect } from "react";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { useJournal } from "@/features/journal/useJournal";
import { visible } from "@/features/journal/look";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/states";
import { clock } from "@/lib/words";
import type { Trial } from "./view";

/** Sends one through the same intake as every alert, and shows what becomes of it as it is written down. */
export function TestAlert({ onArrived }: { onArrived(): void }) {
  const { me } = useSession();
  const send = useSend<Trial>(() => ({ path: "/api/v1/setup/test-alert" }), [["setup"], ["incidents"]]);
  const sent = send.data;
  return (
    <Card title="A test alert">
      <div className="grid gap-2 p-4 text-sm">
        <p>It is marked as a test, goes through the same intake as every alert, and is resolved at once: its incident ends closed, and nothing is done.</p>
        {mayAct(me.role, "responder") ? (
          <div>
            <Button look="primary" disabled={send.isPending} onClick={() => send.mutate()}>
              {send.isPending ? "Sending …" : "Send a test alert"}
            </Button>
          </div>
        ) : (
          <Notice kind="forbidden" title="For responders">
            You are {me.role}. Ask an administrator for a token with the role responder.
          </Notice>
        )}
        {send.error && (
          <p role="alert" className="text-bad">
            It was not taken: {send.error.message}.
          </p>
        )}
        {sent && !sent.incident_id && <p role="status">It arrived and opened no incident: {sent.left_alone.map(visible).join("; ")}.</p>}
        {sent?.incident_id && <Arriving key={sent.incident_id} incident={sent.incident_id} onArrived={onArrived} />}
      </div>
    </Card>
  );
}

function Arriving({ incident, onArrived }: { incident: string; onArrived(): void }) {
  const { journal, refused } = useJournal(incident);
  const ended = journal.entries.some((entry) => entry.kind === "incident.ended");
  useEffect(() => {
    if (ended) onArrived();
  }, [ended, onArrived]);
  return (
    <div role="status" className="rounded border border-line p-3">
      {refused && <p className="text-bad">{refused.message}</p>}
      {journal.entries.length === 0 && !refused && <p className="text-muted">Waiting for its first entry …</p>}
      <ol>
        {journal.entries.map((entry) => (
          <li key={entry.seq} className="break-words">
            <time dateTime={entry.at} className="text-muted">
              {clock(entry.at)}
            </time>{" "}
            {visible(entry.text)}
          </li>
        ))}
      </ol>
      {ended && (
        <p className="mt-2">
          <span className="text-good">It arrived.</span> <a className="underline" href={`/incidents/${encodeURIComponent(incident)}`}>Open its incident</a>
        </p>
      )}
    </div>
  );
}
