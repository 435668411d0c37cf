"use client";

import { useId, useState } from "react";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Badge, Card } from "@/components/ui/card";
import { Cell, Table } from "@/components/ui/table";
import { Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { simulationSentence, verdictOf, type Simulation } from "./view";

/** What a law that is pasted here would have decided for past plans. It is not kept, and changes nothing. */
export function Simulate() {
  const { me } = useSession();
  const [text, setText] = useState("");
  const id = useId();
  const send = useSend<Simulation>(() => ({ path: "/api/v1/policies/simulate", body: { files: [{ name: "policies.yaml", text }] } }));
  if (!mayAct(me.role, "admin")) {
    return (
      <Card title="What would another law have said?">
        <Notice kind="forbidden" title="For administrators">
          You are {me.role}. <code>sre-agent policy simulate</code> and an administrator do it too.
        </Notice>
      </Card>
    );
  }
  return (
    <Card title="What would another law have said?">
      <form
        className="grid gap-2 p-4 text-sm"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <label htmlFor={id} className="text-muted">
          A law to try, as it would stand in <code>policies.yaml</code>. It is not kept, and changes nothing.
        </label>
        <textarea id={id} value={text} onChange={(event) => setText(event.target.value)} maxLength={200_000} rows={10} spellCheck={false} className="w-full rounded-md border border-line bg-panel p-2 font-mono text-xs" />
        <div>
          <Button type="submit" look="primary" disabled={send.isPending} why={text.trim() ? "" : "Paste a law above first."}>
            {send.isPending ? "Hearing past plans …" : "Simulate"}
          </Button>
        </div>
        <div aria-live="polite">
          {send.error && <pre className="whitespace-pre-wrap text-bad">{visible(send.error.message)}</pre>}
          {send.data && <p>{simulationSentence(send.data)}</p>}
        </div>
      </form>
      {send.data && send.data.changes.length > 0 && <Changes of={send.data} />}
    </Card>
  );
}

function Changes({ of: found }: { of: Simulation }) {
  return (
    <Table label="Plans that would have gone another way" heads={["incident", "cause and target", "was", "would be", "why"]}>
      {found.changes.map((each) => (
        <tr key={each.plan_digest}>
          <Cell>
            <a href={`/incidents/${encodeURIComponent(each.incident_id)}`}>{each.incident_id}</a>
          </Cell>
          <Cell>
            {visible(each.cause)}, {visible(each.target)}
          </Cell>
          <Cell>
            <Badge tone={verdictOf(each.was)[0]}>{verdictOf(each.was)[1]}</Badge> {each.was_asked}
          </Cell>
          <Cell>
            <Badge tone={verdictOf(each.now)[0]}>{verdictOf(each.now)[1]}</Badge> {each.now_asked}
          </Cell>
          <Cell className="min-w-48">
            {each.steps.map((step) => (
              <p key={step.index}>
                <code>{step.now_rule}</code>: {visible(step.now_sentence)}
              </p>
            ))}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
