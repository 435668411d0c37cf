"use client";

import { useMutation } from "@tanstack/react-query";
import { request } from "@/lib/api/client";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { visible } from "@/features/journal/look";
import { exportName, proofSentence, type AuditProof } from "./view";

/** Whether the trail is whole, and the trail itself to take away. */
export function Proof() {
  const { token } = useSession();
  const verify = useSend<AuditProof>(() => ({ path: "/api/v1/audit/verify", method: "GET" }));
  const fetched = useMutation({
    mutationFn: async () => save(await (await request("/api/v1/audit/export", token, { accept: "application/jsonl" })).blob()),
  });
  const proof = verify.data;
  return (
    <Card title="Is it whole?">
      <div className="grid gap-2 p-4 text-sm">
        <div className="flex flex-wrap gap-2">
          <Button look="primary" disabled={verify.isPending} onClick={() => verify.mutate()}>
            {verify.isPending ? "Looking through it …" : "Verify"}
          </Button>
          <Button disabled={fetched.isPending} onClick={() => fetched.mutate()}>
            {fetched.isPending ? "Fetching …" : "Export as JSON lines"}
          </Button>
        </div>
        <div aria-live="polite">
          {proof && <p className={proof.whole ? "text-good" : "text-bad"}>{visible(proofSentence(proof))}</p>}
          {proof && (
            <p className="break-all text-muted">
              Signed by the key <code>{proof.key || "none"}</code>; newest entry {proof.head.seq}
              {proof.outside ? `, outside the database ${proof.outside.seq}` : ", and no head lies outside the database"}.
            </p>
          )}
          {[verify.error, fetched.error].map(
            (wrong, at) =>
              wrong && (
                <p key={at} className="text-bad">
                  {wrong.message}.
                </p>
              ),
          )}
          {fetched.isSuccess && <p>Saved. <code>sre-agent audit verify FILE</code> proves it without a platform.</p>}
        </div>
      </div>
    </Card>
  );
}

function save(file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = exportName(new Date());
  link.click();
  URL.revokeObjectURL(link.href);
}
