"use client";

import { useState } from "react";
import type { Mitigation } from "@/lib/api/types";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Outcome } from "./Outcome";

type Word = "restore" | "keep";

/** What its owner decides, with a reason: back at once, or for good. */
export function Decide({ mitigation }: { mitigation: Mitigation }) {
  const { me } = useSession();
  if (!mayAct(me.role, "approver")) return <p className="text-muted">Restoring or keeping it needs the role approver; you have {me.role ?? "none"}.</p>;
  return <Form mitigation={mitigation} />;
}

function Form({ mitigation }: { mitigation: Mitigation }) {
  const [reason, setReason] = useState("");
  const send = useSend<Mitigation, Word>(
    (word) => ({ path: `/api/v1/mitigations/${encodeURIComponent(mitigation.key)}/${word}`, body: { reason: reason.trim() } }),
    [["mitigations"]],
  );
  const why = reason.trim() ? "" : "To restore or keep it, give a reason.";
  return (
    <form className="mt-1 flex flex-col gap-2" onSubmit={(event) => event.preventDefault()}>
      <Field label="Reason to restore or keep it" value={reason} onChange={setReason} maxLength={4000} />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled={send.isPending} why={why} onClick={() => send.mutate("restore")}>
          {send.isPending && send.variables === "restore" ? "Sending …" : "Restore now"}
        </Button>
        <Button disabled={send.isPending} why={why} onClick={() => send.mutate("keep")}>
          {send.isPending && send.variables === "keep" ? "Sending …" : "Keep"}
        </Button>
      </div>
      {why && <p className="text-muted">{why}</p>}
      <Outcome error={send.error} told={send.data?.why} />
    </form>
  );
}
