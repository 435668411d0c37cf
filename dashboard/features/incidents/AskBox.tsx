"use client";

import { useState, type FormEvent } from "react";
import { useMutation } from "@tanstack/react-query";
import type { Incident } from "@/lib/api/types";
import { read } from "@/lib/api/client";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { roomOf } from "./view";

/** A person's question becomes an investigation, which opens at once. */
export function AskBox() {
  const { me, token } = useSession();
  const [question, setQuestion] = useState("");
  const [namespace, setNamespace] = useState("");
  const [service, setService] = useState("");
  const ask = useMutation({
    mutationFn: () => read<Incident>("/api/v1/ask", token, { method: "POST", body: { question, namespace, service } }),
    onSuccess: (incident) => window.location.assign(roomOf(incident)),
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate();
  }
  return (
    <Card title="Ask">
      {mayAct(me.role, "responder") ? (
        <form onSubmit={submit} className="flex flex-col gap-2 p-4">
          <Field label="Question" placeholder="why is checkout slow?" required maxLength={4000} value={question} onChange={setQuestion} />
          <div className="grid grid-cols-2 gap-2">
            <Field label="Namespace" value={namespace} onChange={setNamespace} maxLength={253} />
            <Field label="Service" value={service} onChange={setService} maxLength={253} />
          </div>
          <Button type="submit" disabled={ask.isPending} why={question.trim() ? "" : "Type a question first."}>
            {ask.isPending ? "Asking …" : "Investigate"}
          </Button>
          {ask.error && (
            <p role="alert" className="text-sm text-bad">
              {ask.error.message}
            </p>
          )}
        </form>
      ) : (
        <p className="p-4 text-sm text-muted">Asking needs the role responder; you have {me.role}.</p>
      )}
    </Card>
  );
}
