"use client";

import { useState, useSyncExternalStore } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { caution, receiver, webhookUrl, type SetupFacts } from "./view";

const still = () => () => undefined;

/** What goes into Alertmanager's configuration, with the address that it reaches. */
export function Receiver({ facts }: { facts: SetupFacts }) {
  const host = useSyncExternalStore(still, () => window.location.hostname, () => "");
  const [typed, setTyped] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const url = typed ?? webhookUrl(facts, host);
  const warning = caution(url);
  async function copy() {
    try {
      await navigator.clipboard.writeText(receiver(url));
      setSaid("Copied.");
    } catch {
      setSaid("The browser does not allow it: select the text and copy it by hand.");
    }
  }
  return (
    <Card title="Alertmanager's receiver">
      <div className="grid gap-2 p-4 text-sm">
        <Field label="The webhook's address, as Alertmanager reaches it" value={url} onChange={setTyped} />
        {warning && (
          <p role="status" className="text-warn">
            {warning}
          </p>
        )}
        <pre tabIndex={0} aria-label="Receiver" className="overflow-x-auto rounded border border-line bg-ground p-3">
          {receiver(url)}
        </pre>
        <div className="flex flex-wrap items-center gap-2">
          <Button onClick={() => void copy()}>Copy</Button>
          <span className="text-muted">{said}</span>
        </div>
        <p>
          Put the route first: <code>continue: true</code> leaves those after it as they are.
        </p>
        <Token set={facts.webhook_token} />
      </div>
    </Card>
  );
}

function Token({ set }: { set: boolean }) {
  return (
    <p>
      The file <code>/etc/alertmanager/sre-agent-token</code> holds the bearer token.{" "}
      {set ? (
        <>
          It is <code>WEBHOOK_TOKEN</code> of the platform&apos;s <code>.env</code>: it opens the webhook and nothing else, and is shown nowhere.
        </>
      ) : (
        <>
          <code>WEBHOOK_TOKEN</code> is not set, so that only accounts may post alerts: set it, and start again.
        </>
      )}{" "}
      A token of an account with the role responder does too: <a href="/platform/accounts" className="underline">issue one</a>; it is shown once.
    </p>
  );
}
