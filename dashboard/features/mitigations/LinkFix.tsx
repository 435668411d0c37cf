"use client";

import { useState } from "react";
import type { Mitigation } from "@/lib/api/types";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Outcome } from "./Outcome";

/** A person names the issue or pull request of the permanent fix. */
export function LinkFix({ mitigation }: { mitigation: Mitigation }) {
  const { me } = useSession();
  return mayAct(me.role, "responder") ? <Form mitigation={mitigation} /> : null;
}

function Form({ mitigation }: { mitigation: Mitigation }) {
  const [url, setUrl] = useState("");
  const send = useSend<Mitigation, string>((url) => ({ path: `/api/v1/mitigations/${encodeURIComponent(mitigation.key)}/fix`, body: { url } }), [["mitigations"]]);
  const why = url.trim() ? "" : "To link it, give its address.";
  return (
    <details>
      <summary className="cursor-pointer text-muted">Link the issue or pull request of the permanent fix</summary>
      <form className="mt-1 flex flex-col gap-2" onSubmit={(event) => event.preventDefault()}>
        <Field label="Address of the issue or pull request (https://…)" value={url} onChange={setUrl} maxLength={2000} />
        <div>
          <Button disabled={send.isPending} why={why} onClick={() => send.mutate(url.trim())}>
            {send.isPending ? "Sending …" : "Link it"}
          </Button>
        </div>
        {why && <p className="text-muted">{why}</p>}
        <Outcome error={send.error} told={send.data && (send.data.ticket?.url ?? "")} />
      </form>
    </details>
  );
}
