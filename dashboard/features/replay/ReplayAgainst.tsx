"use client";

import { useState } from "react";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choice } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { AskModel } from "./AskModel";
import { SideBySide } from "./SideBySide";
import { OWN, PROFILES, sentOf, type ReplayView } from "./view";

/** This incident again, with the engine of today and a law of one's choice: would it have done better? */
export function ReplayAgainst({ incident }: { incident: string }) {
  const { me } = useSession();
  const [law, setLaw] = useState("default");
  const [text, setText] = useState("");
  const send = useSend<ReplayView>(() => ({ path: `/api/v1/incidents/${encodeURIComponent(incident)}/replay`, body: sentOf(law, text) }));
  return (
    <Card title="Would it have done better?">
      {mayAct(me.role, "responder") ? (
        <form
          className="grid gap-3 p-4 text-sm"
          onSubmit={(event) => {
            event.preventDefault();
            send.mutate();
          }}
        >
          <p className="text-muted">
            Diagnoses what was seen then with the engine of today, and lets another law judge the plans. Nothing is contacted, kept or changed.
          </p>
          <div className="flex flex-wrap gap-2">
            <Choice label="Law" options={PROFILES} value={law} onChange={setLaw} className="min-w-48 grow" />
            <Button type="submit" look="primary" disabled={send.isPending} why={law === OWN && text.trim() === "" ? "Give a law first, as a file or as text." : ""}>
              {send.isPending ? "Replaying …" : "Replay against it"}
            </Button>
          </div>
          {law === OWN && <OwnLaw text={text} change={setText} />}
          {send.error && (
            <pre role="alert" className="whitespace-pre-wrap text-bad">
              {visible(send.error.message)}
            </pre>
          )}
        </form>
      ) : (
        <Notice kind="forbidden" title="For responders">
          Replaying needs the role responder; you have {me.role}.
        </Notice>
      )}
      <div aria-live="polite">{send.data && <SideBySide found={send.data} />}</div>
      {mayAct(me.role, "responder") && <AskModel incident={incident} />}
    </Card>
  );
}

function OwnLaw({ text, change }: { text: string; change(text: string): void }) {
  return (
    <label className="grid gap-1">
      <span className="text-muted">
        The law, as it would stand in <code>policies.yaml</code>; a file can be taken, too.
      </span>
      <input type="file" accept=".yaml,.yml" aria-label="A file with a law" onChange={(event) => void event.target.files?.[0]?.text().then(change)} />
      <textarea aria-label="The text of a law" value={text} onChange={(event) => change(event.target.value)} maxLength={500_000} rows={8} spellCheck={false} className="w-full rounded-md border border-line bg-panel p-2 font-mono text-xs" />
    </label>
  );
}
