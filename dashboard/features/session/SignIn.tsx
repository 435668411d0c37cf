"use client";

import { useState, type FormEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { read } from "@/lib/api/client";
import type { SignInWays } from "@/lib/api/types";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { hereAsPage, type Entry } from "./session";

export function SignIn({ why, enter }: { why: string; enter(entry: Entry): Promise<void> }) {
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [byName, setByName] = useState(false);
  const [busy, setBusy] = useState(false);
  const ways = useQuery({ queryKey: ["sign-in"], queryFn: () => read<SignInWays>("/api/v1/sign-in", "") });
  const entry: Entry = byName ? { name: name.trim(), password } : { token: token.trim() };
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    await enter(entry);
    setBusy(false);
  }
  return (
    <main className="mx-auto mt-16 max-w-md p-4">
      <h1 className="mb-2 text-xl font-semibold">SRE Agent</h1>
      <p className="mb-4 text-muted">
        Enter your token, or your name and password. The first token is <code>ADMIN_TOKEN</code> in the platform&apos;s{" "}
        <code>.env</code>; an administrator issues more. It is exchanged for a session that ends by itself.
      </p>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        {byName ? (
          <>
            <Field label="Name" autoComplete="username" required autoFocus value={name} onChange={setName} />
            <Field label="Password" type="password" autoComplete="current-password" required value={password} onChange={setPassword} />
          </>
        ) : (
          <Field label="Token" type="password" autoComplete="off" required autoFocus value={token} onChange={setToken} />
        )}
        <Button type="submit" look="primary" disabled={busy} why={Object.values(entry).some((each) => each === "") ? `Type your ${Object.keys(entry).join(" and ")} first.` : ""}>
          {busy ? "Looking …" : "Enter"}
        </Button>
        <Button onClick={() => setByName(!byName)}>{byName ? "Use a token" : "Use a name and a password"}</Button>
        {ways.data?.oidc && (
          <a className="text-center underline" href={`/api/v1/oidc/start?page=${encodeURIComponent(hereAsPage(window.location))}`}>
            Sign in at {new URL(ways.data.oidc).host}
          </a>
        )}
        {why && (
          <p role="alert" className="text-bad">
            {why}
          </p>
        )}
      </form>
    </main>
  );
}
