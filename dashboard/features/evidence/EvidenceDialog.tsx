"use client";

import { useEffect, useRef } from "react";
import type { Evidence, EvidenceBody } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Dialog } from "@/components/ui/dialog";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { bodyText, partsOf } from "./view";

export interface Opened {
  id: string;
  words: string;
}

interface Props {
  incident: string;
  opened: Opened | null;
  onClose(): void;
}

/** A kept tool answer in full, opened at the words that were quoted from it. */
export function EvidenceDialog({ incident, opened, onClose }: Props) {
  return (
    <Dialog title={`Evidence ${opened?.id ?? ""}`} open={opened !== null} onClose={onClose}>
      {opened && <Body incident={incident} {...opened} />}
    </Dialog>
  );
}

function Body({ incident, id, words }: { incident: string } & Opened) {
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}/evidence`;
  const all = useRead<{ items: Evidence[] }>(["evidence", incident], path);
  const body = useRead<EvidenceBody>(["evidence-body", incident, id], `${path}/${encodeURIComponent(id)}`);
  const about = all.data?.items.find((each) => each.id === id);
  return (
    <>
      {about && (
        <dl className="mb-3 grid grid-cols-[auto_1fr] gap-x-4 text-sm break-words">
          <dt className="text-muted">Tool</dt>
          <dd>
            {about.server}.{about.tool}, for {about.specialist}, {moment(about.taken_at)}
          </dd>
          <dt className="text-muted">Asked</dt>
          <dd>
            <code>{visible(JSON.stringify(about.arguments))}</code>
          </dd>
          <dt className="text-muted">Digest</dt>
          <dd>
            <code>{about.digest}</code>
          </dd>
        </dl>
      )}
      <Loaded of={body} what="the kept answer">
        {(kept) => <Quoted text={bodyText(kept.body)} words={words} />}
      </Loaded>
    </>
  );
}

function Quoted({ text, words }: { text: string; words: string }) {
  const first = useRef<HTMLElement>(null);
  useEffect(() => {
    // in braces: newer browsers answer with a promise, which an effect must not return
    void first.current?.scrollIntoView({ block: "center" });
  }, [words]);
  const parts = partsOf(text, words);
  const place = parts.findIndex((part) => part.quoted);
  return (
    <pre className="rounded border border-line bg-ground p-3 whitespace-pre-wrap">
      {parts.map((part, at) =>
        part.quoted ? (
          <mark key={at} ref={at === place ? first : undefined}>
            {visible(part.text)}
          </mark>
        ) : (
          visible(part.text)
        ),
      )}
    </pre>
  );
}
