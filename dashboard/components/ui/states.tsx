"use client";

import type { ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { ApiFailure } from "@/lib/api/client";
import { Button } from "./button";

type NoticeKind = "loading" | "empty" | "error" | "offline" | "forbidden";

interface NoticeProps {
  kind: NoticeKind;
  title: string;
  children?: ReactNode;
  action?: readonly [label: string, act: () => void];
}

const SIGNS: Readonly<Record<NoticeKind, string>> = { loading: "…", empty: "○", error: "✘", offline: "⚡", forbidden: "⛔" };

/** One of the five states in which there is nothing to show, each saying what to do. */
export function Notice({ kind, title, children, action }: NoticeProps) {
  const loud = kind === "error" || kind === "offline" || kind === "forbidden";
  return (
    <div role={loud ? "alert" : "status"} className="p-6 text-center text-sm text-muted">
      <p className="mb-1 font-medium text-ink">
        <span aria-hidden="true">{SIGNS[kind]} </span>
        {title}
      </p>
      {children && <div className="mx-auto max-w-prose">{children}</div>}
      {action && (
        <Button className="mt-3" onClick={action[1]}>
          {action[0]}
        </Button>
      )}
    </div>
  );
}

export function FailureNotice({ wrong, again }: { wrong: Error; again(): void }) {
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
  const offline = kind === "offline";
  return (
    <Notice kind={offline ? "offline" : "error"} title={offline ? "The API does not answer" : "This cannot be shown"} action={["Try again", again]}>
      {wrong.message}.{offline && " What you see was true when it last answered; it is asked again by itself."}
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
  if (of.error) return <FailureNotice wrong={of.error} again={() => void of.refetch()} />;
  return <Notice kind="loading" title={`Loading ${what} …`} />;
}
