"use client";

import { useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

export function SignIn({ why, enter }: { why: string; enter(token: string): Promise<void> }) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    await enter(token.trim());
    setBusy(false);
  }
  return (
    <main className="mx-auto mt-16 max-w-md p-4">
      <h1 className="mb-2 text-xl font-semibold">SRE Agent</h1>
      <p className="mb-4 text-muted">
        Enter your token. The first one is <code>ADMIN_TOKEN</code> in the platform&apos;s <code>.env</code>; an
        administrator issues more. It stays in this tab and is forgotten when the tab is closed.
      </p>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field label="Token" type="password" autoComplete="off" required autoFocus value={token} onChange={setToken} />
        <Button type="submit" look="primary" disabled={busy || token.trim() === ""}>
          {busy ? "Looking …" : "Enter"}
        </Button>
        {why && (
          <p role="alert" className="text-bad">
            Not let in: {why}.
          </p>
        )}
      </form>
    </main>
  );
}
