"use client";

import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Answered, Incident, PlanView } from "@/lib/api/types";
import { read } from "@/lib/api/client";
import { useNow } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { BreakGlass } from "@/features/glass/BreakGlass";
import { visible } from "@/features/journal/look";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { moment } from "@/lib/words";
import { requirementOf, standingOf, toType, whyNot } from "./view";

const NO_REASON = "To reject, give a reason.";

interface Props {
  view: PlanView;
  incident: Incident;
}

/** A yes or a no to exactly this plan; what is shown afterwards is what the server says, never what was hoped. */
export function AnswerBox({ view, incident }: Props) {
  const now = useNow(5000);
  const standing = standingOf(view, incident.status, now);
  if (standing.is === "settled") {
    return (
      <div className="border-t border-line px-4 py-3 text-sm">
        <p className="text-muted">{standing.said}</p>
        <Answers view={view} />
      </div>
    );
  }
  const { role, people } = requirementOf(view);
  return (
    <div id="answer" className="border-t border-line p-4">
      <p className="mb-2 text-sm" role="status">
        Waits for {people === 1 ? `one ${role}` : `${people} different people, each at least ${role}`}.
        {standing.yes.length > 0 && ` Yes so far: ${standing.yes.join(", ")}; ${standing.missing} missing.`}
        {standing.expires && ` A yes stands until ${moment(standing.expires)}.`}
      </p>
      <Form view={view} incident={incident} now={now} />
      <BreakGlass view={view} incident={incident} now={now} />
    </div>
  );
}

/** Who answered, when and why. */
function Answers({ view }: { view: PlanView }) {
  if (view.approvals.length === 0) return null;
  return (
    <ul aria-label="Answers to this plan" className="mt-1">
      {view.approvals.map((each) => (
        <li key={`${each.by.name} ${each.at}`} className="break-words">
          <strong>{visible(each.by.name)}</strong>
          {each.by.role && ` (${each.by.role})`} said {each.answer} at {moment(each.at)}
          {each.reason && `: ${visible(each.reason)}`}
        </li>
      ))}
    </ul>
  );
}

function Form({ view, incident, now }: Props & { now: number }) {
  const { me, token } = useSession();
  const cache = useQueryClient();
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const answer = useMutation({
    mutationFn: (word: "approve" | "reject") =>
      read<Answered>(`/api/v1/incidents/${encodeURIComponent(incident.id)}/${word}`, token, {
        method: "POST",
        body: { plan_digest: view.digest, reason: reason.trim() },
      }),
    onSettled: () => Promise.all(["plans", "incident", "incidents"].map((key) => cache.invalidateQueries({ queryKey: [key] }))),
  });
  const refusal = whyNot(view, me.role ?? null, me.name, now);
  const names = toType(view);
  const missing = names.filter((name) => typed[name]?.trim() !== name);
  const untyped = missing.length > 0 ? `To approve, type ${missing.join(", ")} above.` : "";
  const mayReject = mayAct(me.role, "responder");
  if (!mayReject) return <p className="text-sm text-muted">{refusal}</p>;
  return (
    <form className="flex flex-col gap-2" onSubmit={(event) => event.preventDefault()}>
      <Field label="Reason (needed for a no)" value={reason} onChange={setReason} maxLength={4000} />
      {!refusal &&
        names.map((name) => (
          <Field key={name} label={`A step is of high risk: type ${name} to approve`} value={typed[name] ?? ""} onChange={(text) => setTyped((before) => ({ ...before, [name]: text }))} autoComplete="off" />
        ))}
      <div className="flex flex-wrap gap-2">
        <Button id="approve" look="primary" className="min-h-11 grow" disabled={answer.isPending} why={refusal || untyped} onClick={() => answer.mutate("approve")}>
          {answer.isPending && answer.variables === "approve" ? "Sending the yes …" : "Approve"}
        </Button>
        <Button look="danger" className="min-h-11 grow" disabled={answer.isPending} why={reason.trim() ? "" : NO_REASON} onClick={() => answer.mutate("reject")}>
          {answer.isPending && answer.variables === "reject" ? "Sending the no …" : "Reject"}
        </Button>
      </div>
      {(refusal || untyped) && <p className="text-sm text-muted">{refusal || untyped}</p>}
      {!reason.trim() && <p className="text-sm text-muted">{NO_REASON}</p>}
      {answer.error && (
        <p role="alert" className="text-sm text-bad">
          Not taken: {answer.error.message}
        </p>
      )}
      {answer.data && (
        <p role="status" className="text-sm text-good">
          On file: {answer.data.answer} by {answer.data.by}, {answer.data.people} of {answer.data.people_needed}.
        </p>
      )}
    </form>
  );
}
