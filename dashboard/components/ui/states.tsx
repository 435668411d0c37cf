"use client";

import { useEffect, useState, type ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { ApiFailure, type FailureKind } from "@/lib/api/client";
import { Button } from "./button";

type NoticeKind = "loading" | "empty" | "error" | "offline" | "forbidden";

type Action = readonly [label: string, act: () => void];

interface NoticeProps {
  kind: NoticeKind;
  title: string;
  children?: ReactNode;
  action?: Action;
  /** What the button set off is still under way. */
  busy?: boolean;
}

const SIGNS: Readonly<Record<NoticeKind, string>> = { loading: "…", empty: "○", error: "✘", offline: "⚡", forbidden: "⛔" };

/** One of the five states in which there is nothing to show, each saying what to do. */
export function Notice({ kind, title, children, action, busy = false }: NoticeProps) {
  const loud = kind === "error" || kind === "offline" || kind === "forbidden";
  return (
    <div role={loud ? "alert" : "status"} className="p-6 text-center text-sm text-muted">
      <p className="mb-1 font-medium text-ink">
        <span aria-hidden="true">{SIGNS[kind]} </span>
        {title}
      </p>
      {children && <div className="mx-auto max-w-prose">{children}</div>}
      {action && (
        <Button className="mt-3" disabled={busy} onClick={action[1]}>
          {busy ? "Trying …" : action[0]}
        </Button>
      )}
    </div>
  );
}

interface Trouble {
  sign: NoticeKind;
  title: string;
  advice: string;
}

/** What a failure is called, and what one can do about it. */
function troubleOf(kind: FailureKind, status: number): Trouble {
  if (kind === "offline") return { sign: "offline", title: "The API does not answer", advice: "Try again in a moment; sre-agent status says whether the platform is up." };
  if (kind === "late") return { sign: "offline", title: "The API takes too long", advice: "It may be busy: try again in a moment." };
  if (kind === "unready") return { sign: "error", title: "The API cannot answer this now", advice: "Wait a moment, then try again." };
  if (kind === "missing") return { sign: "error", title: "There is no such thing here", advice: "Look for it in the list of incidents, or with Ctrl K." };
  if (status >= 500) return { sign: "error", title: "The API failed at this", advice: "Try again; if it fails again, the agent’s own log says why, and the page Platform which part is not well." };
  return { sign: "error", title: "This cannot be shown", advice: "" };
}

export function FailureNotice({ wrong, again, busy = false }: { wrong: Error; again(): void; busy?: boolean }) {
  const kind = wrong instanceof ApiFailure ? wrong.kind : "refused";
  if (kind === "forbidden") {
    return (
      <Notice kind="forbidden" title="Your role may not see this">
        {wrong.message}. Ask an administrator for a token with that role.
      </Notice>
    );
  }
  if (kind === "signed-out") {
    return (
      <Notice kind="forbidden" title="Your token is no longer good" action={["Enter another", () => window.location.reload()]}>
        {wrong.message}
      </Notice>
    );
  }
  const { sign, title, advice } = troubleOf(kind, wrong instanceof ApiFailure ? wrong.status : 0);
  return (
    <Notice kind={sign} title={title} action={["Try again", again]} busy={busy}>
      {wrong.message.replace(/\.$/, "")}. {advice}
    </Notice>
  );
}

interface LoadedProps<T> {
  of: UseQueryResult<T>;
  what: string;
  children(data: T): ReactNode;
}

/** What a query brought, or the state it is in instead. Data that is held stays on screen when the line breaks. */
export function Loaded<T>({ of, what, children }: LoadedProps<T>) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <FailureNotice wrong={of.error} again={() => void of.refetch()} busy={of.isFetching} />;
  return <Loading what={what} />;
}

const LONG_MS = 4000;

/** Whoever waits long is told how long it can be. */
function Loading({ what }: { what: string }) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Notice kind="loading" title={`Loading ${what} …`}>
      {long && "This takes longer than usual. Within a minute it is here, or says why not."}
    </Notice>
  );
}
