"use client";

import { useState } from "react";
import type { Answered, Incident, PlanView } from "@/lib/api/types";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { toType } from "@/features/plans/view";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { moment } from "@/lib/words";
import { lacks, overrides } from "./view";

interface Props {
  view: PlanView;
  incident: Incident;
  now: number;
}

/** One approver's yes in place of all that the law asks for, folded away; nothing where there is no glass for them to break. */
export function BreakGlass({ view, incident, now }: Props) {
  const { me } = useSession();
  const overridden = overrides(view, incident.status, me, now);
  if (overridden.length === 0) return null;
  return (
    <details className="mt-3 rounded-md border border-bad p-3 text-sm">
      <summary className="cursor-pointer font-medium text-bad">Break the glass …</summary>
      <p className="mt-2">You alone would let this plan be carried out, against what the law in force asks:</p>
      <ul className="my-2 list-disc pl-5">
        {overridden.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <p className="mb-2">
        Everybody will be told, with your name and reason: in the journal, in the audit log and through every channel. It holds ten minutes.
      </p>
      <Form view={view} incident={incident} />
    </details>
  );
}

function Form({ view, incident }: Omit<Props, "now">) {
  const [reason, setReason] = useState("");
  const [credential, setCredential] = useState("");
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const send = useSend<Answered>(
    () => ({
      path: `/api/v1/incidents/${encodeURIComponent(incident.id)}/break-glass`,
      body: { plan_digest: view.digest, reason: reason.trim(), credential },
    }),
    [["plans"], ["incident"], ["incidents"]],
  );
  const names = toType(view);
  const missing = lacks({ reason, credential, typed }, names);
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate(undefined, { onSettled: () => setCredential("") });
      }}
    >
      <Field label="Why it cannot wait for the others" value={reason} onChange={setReason} maxLength={4000} />
      {names.map((name) => (
        <Field key={name} label={`A target of high risk: type ${name} to break the glass`} value={typed[name] ?? ""} onChange={(text) => setTyped((before) => ({ ...before, [name]: text }))} autoComplete="off" />
      ))}
      <Field label="Your password once more (your token, only where your account has no password)" type="password" value={credential} onChange={setCredential} maxLength={1000} autoComplete="off" />
      <Button type="submit" look="danger" className="min-h-11" disabled={send.isPending} why={missing}>
        {send.isPending ? "Breaking the glass …" : "Break the glass"}
      </Button>
      {missing && <p className="text-muted">{missing}</p>}
      {send.error && (
        <p role="alert" className="text-bad">
          The glass is whole: {send.error.message}. A refused try may be in the audit log, too.
        </p>
      )}
      {send.data && (
        <p role="status" className="text-good">
          On file: {send.data.by} alone, until {moment(send.data.expires_at)}.
        </p>
      )}
    </form>
  );
}
