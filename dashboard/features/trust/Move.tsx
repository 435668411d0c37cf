"use client";

import { useState } from "react";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Choice, Field } from "@/components/ui/field";
import { above, agreementOf, below, type Autonomy, type Standing } from "./view";

interface Wish {
  up: boolean;
  to: Autonomy;
}

/** One level up or any down, decided by a person with a reason; the audit log keeps who, why and the numbers. */
export function Move({ standing }: { standing: Standing }) {
  const { me } = useSession();
  const [wish, setWish] = useState<Wish | null>(null);
  const next = above(standing.level);
  const lower = below(standing.level);
  return (
    <div className="mt-2 flex flex-wrap gap-2">
      {next && mayAct(me.role, "admin") && (
        <Button look={standing.proposed ? "primary" : "plain"} onClick={() => setWish({ up: true, to: next })}>
          Promote to {next}
        </Button>
      )}
      {lower.length > 0 && mayAct(me.role, "approver") && <Button onClick={() => setWish({ up: false, to: lower.at(-1) ?? "observe" })}>Demote</Button>}
      {wish && <Decision standing={standing} wish={wish} change={setWish} />}
    </div>
  );
}

function Decision({ standing, wish, change }: { standing: Standing; wish: Wish; change(wish: Wish | null): void }) {
  const [reason, setReason] = useState("");
  const { service, action, proposed } = standing;
  const despite = wish.up && !proposed;
  const send = useSend<unknown>(
    () => ({
      path: `/api/v1/trust/${wish.up ? "promote" : "demote"}`,
      body: { service, action, reason: reason.trim(), ...(wish.up ? { despite_numbers: despite } : { to: wish.to }) },
    }),
    [["trust"]],
  );
  const title = wish.up ? `Promote ${action} on ${service} to ${wish.to}` : `Demote ${action} on ${service}`;
  return (
    <Dialog title={title} open onClose={() => change(null)}>
      <form
        className="flex flex-col gap-3 text-sm"
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate(undefined, { onSuccess: () => change(null) });
        }}
      >
        <p>
          {agreementOf(standing)}; {standing.said}.
        </p>
        {despite && (
          <p className="text-warn">
            The numbers do not carry this. You decide it all the same, and the audit log says so.
          </p>
        )}
        {!wish.up && <Choice label="Down to" options={below(standing.level).map((level) => [level, `down to ${level}`] as const)} value={wish.to} onChange={(to) => change({ up: false, to: to as Autonomy })} />}
        <Field label="Reason" required maxLength={4000} autoFocus value={reason} onChange={setReason} />
        <Button type="submit" look={despite || !wish.up ? "danger" : "primary"} disabled={send.isPending} why={reason.trim() ? "" : "Give a reason first."}>
          {send.isPending ? "Sending …" : wish.up ? `Promote to ${wish.to}` : `Demote to ${wish.to}`}
        </Button>
        {send.error && (
          <p role="alert" className="text-bad">
            {send.error.message}.
          </p>
        )}
      </form>
    </Dialog>
  );
}
