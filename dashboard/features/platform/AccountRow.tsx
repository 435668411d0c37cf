"use client";

import { useState, type ReactNode } from "react";
import { useMutation } from "@tanstack/react-query";
import type { Account } from "@/lib/api/types";
import type { components } from "@/lib/api/schema";
import { read } from "@/lib/api/client";
import { useSession } from "@/features/session/SessionGate";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

type Issued = components["schemas"]["TokenIssued"];
type Revoked = components["schemas"]["TokensRevoked"];

export function AccountRow({ account, badge }: { account: Account; badge: ReactNode }) {
  const { token, me } = useSession();
  const [asked, setAsked] = useState(false);
  const path = `/api/v1/accounts/${encodeURIComponent(account.name)}/tokens`;
  const issue = useMutation({ mutationFn: () => read<Issued>(path, token, { method: "POST", body: { label: `issued by ${me.name}` } }) });
  const revoke = useMutation({ mutationFn: () => read<Revoked>(path, token, { method: "DELETE" }), onSuccess: () => setAsked(false) });
  const wrong = issue.error ?? revoke.error;
  return (
    <li className="border-b border-line px-4 py-2 text-sm last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <span className="grow font-medium break-words">{account.name}</span>
        {badge}
        <Button disabled={issue.isPending} onClick={() => issue.mutate()}>
          Issue a token
        </Button>
        <Button look="danger" onClick={() => setAsked(true)}>
          Revoke all
        </Button>
      </div>
      {issue.data && (
        <p role="status" className="mt-1 break-all">
          Shown this once: <code>{issue.data.token}</code>{" "}
          <Button onClick={() => issue.reset()}>Hide</Button>
        </p>
      )}
      {revoke.data && <p role="status">{revoke.data.revoked} token(s) revoked.</p>}
      {wrong && (
        <p role="alert" className="text-bad">
          {wrong.message}
        </p>
      )}
      <Dialog title={`Revoke all tokens of ${account.name}`} open={asked} onClose={() => setAsked(false)}>
        <p className="mb-3">Whoever uses one of them is shut out at once{account.name === me.name ? ", and that is you" : ""}.</p>
        <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke
        </Button>
      </Dialog>
    </li>
  );
}
