"use client";

import { useState, type FormEvent } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Account } from "@/lib/api/types";
import { read } from "@/lib/api/client";
import { useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Badge, Card } from "@/components/ui/card";
import { Choice, Field } from "@/components/ui/field";
import { Loaded, Notice } from "@/components/ui/states";
import { AccountRow } from "./AccountRow";

const ROLES = [
  ["viewer", "viewer"],
  ["responder", "responder"],
  ["approver", "approver"],
  ["admin", "admin"],
] as const;

export function Accounts() {
  const { me } = useSession();
  const may = mayAct(me.role, "admin");
  return <Card title="Accounts and tokens">{may ? <Listed /> : <Notice kind="forbidden" title="For administrators">You are {me.role}. An administrator can give you another role, or a token.</Notice>}</Card>;
}

function Listed() {
  const found = useRead<{ items: Account[] }>(["accounts"], "/api/v1/accounts");
  return (
    <>
      <Loaded of={found} what="accounts">
        {({ items }) => (
          <ul>
            {items.map((each) => (
              <AccountRow key={each.id} account={each} badge={<Badge>{each.role}</Badge>} />
            ))}
          </ul>
        )}
      </Loaded>
      <NewAccount />
    </>
  );
}

function NewAccount() {
  const { token } = useSession();
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const create = useMutation({
    mutationFn: () => read<Account>("/api/v1/accounts", token, { method: "POST", body: { name: name.trim(), role } }),
    onSuccess: () => (setName(""), cache.invalidateQueries({ queryKey: ["accounts"] })),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-2 border-t border-line p-4">
      <Field label="New account" value={name} onChange={setName} required maxLength={100} className="grow" />
      <Choice label="Role" options={ROLES} value={role} onChange={setRole} className="w-32" />
      <Button type="submit" disabled={create.isPending} why={name.trim() ? "" : "Type a name first."}>
        {create.isPending ? "Creating …" : "Create"}
      </Button>
      {create.error && (
        <p role="alert" className="w-full text-sm text-bad">
          {create.error.message}
        </p>
      )}
    </form>
  );
}
