"use client";

import { useState, type ReactNode } from "react";
import { useMutation } from "@tanstack/react-query";
import type { Account } from "@/lib/api/types";
import type { components } from "@/lib/api/schema";
import { read } from "@/lib/api/client";
import { useSession } from "@/features/session/SessionGate";
import { Button } from "@/components/ui/button";
import { Choice, Field } from "@/components/ui/field";
import { Secret } from "@/components/ui/secret";
import { Dialog } from "@/components/ui/dialog";
import { expiry, tokenForm } from "./view";

type Issued = components["schemas"]["TokenIssued"];
type Revoked = components["schemas"]["TokensRevoked"];

const DAYS = [
  ["30", "for 30 days"],
  ["90", "for 90 days"],
  ["365", "for a year"],
  ["", "without an end"],
] as const;

/** Stands where the button is that was pressed. */
function Wrong({ of: wrong }: { of: Error | null }) {
  return (
    wrong && (
      <p role="alert" className="text-bad">
        Not taken: {wrong.message}.
      </p>
    )
  );
}

export function AccountRow({ account, badge }: { account: Account; badge: ReactNode }) {
  const { token, me } = useSession();
  const [asked, setAsked] = useState(false);
  const path = `/api/v1/accounts/${encodeURIComponent(account.name)}/tokens`;
  const [asking, setAsking] = useState(false);
  const [label, setLabel] = useState("");
  const [days, setDays] = useState("90");
  const issue = useMutation({
    mutationFn: () => read<Issued>(path, token, { method: "POST", body: tokenForm(label, days, Date.now(), me.name) }),
    onSuccess: () => (setAsking(false), setLabel("")),
  });
  const revoke = useMutation({ mutationFn: () => read<Revoked>(path, token, { method: "DELETE" }), onSuccess: () => setAsked(false) });
  return (
    <li className="border-b border-line px-4 py-2 text-sm last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <span className="min-w-0 grow font-medium break-words">{account.name}</span>
        {badge}
        <Button aria-expanded={asking} aria-label={`Issue a token to ${account.name}`} onClick={() => setAsking(!asking)}>
          Issue a token
        </Button>
        <Button look="danger" aria-label={`Revoke all tokens of ${account.name}`} onClick={() => setAsked(true)}>
          Revoke all
        </Button>
      </div>
      {asking && (
        <form
          className="mt-2 flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            issue.mutate();
          }}
        >
          <Field label="What is it for?" value={label} onChange={setLabel} maxLength={80} placeholder="laptop, CI, Alertmanager …" className="grow" />
          <Choice label="How long it is good" options={DAYS} value={days} onChange={setDays} className="w-40" />
          <Button type="submit" look="primary" disabled={issue.isPending}>
            {issue.isPending ? "Issuing …" : "Issue"}
          </Button>
        </form>
      )}
      {issue.data && <Secret text={issue.data.token} about={expiry(issue.data.expires_at)} onHide={() => issue.reset()} />}
      {revoke.data && <p role="status">{revoke.data.revoked} token(s) revoked.</p>}
      <Wrong of={issue.error} />
      <Dialog title={`Revoke all tokens of ${account.name}`} open={asked} onClose={() => setAsked(false)}>
        <p className="mb-3">Whoever uses one of them is shut out at once{account.name === me.name ? ", and that is you" : ""}.</p>
        <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
          {revoke.isPending ? "Revoking …" : "Revoke"}
        </Button>
        <Wrong of={revoke.error} />
      </Dialog>
    </li>
  );
}
