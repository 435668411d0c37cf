"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import type { PostMortemText } from "@/lib/api/types";
import { ApiFailure } from "@/lib/api/client";
import { useSend } from "@/lib/api/useSend";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { visible } from "@/features/journal/look";
import { LONGEST, whyNotKeep } from "./view";

const Markdown = dynamic(() => import("@/components/ui/Markdown"), { ssr: false });

interface Props {
  incident: string;
  /** The text it begins from, and the version that stood then. */
  text: string;
  basedOn: number;
  /** The version that stands now: another than `basedOn` where somebody was quicker. */
  current: number;
  done(): void;
  /** Somebody was quicker: look what stands now. */
  look(): void;
}

/** The text in the making; what the server did not take stays here. */
export function Editor({ incident, text: begun, basedOn, current, done, look }: Props) {
  const [text, setText] = useState(begun);
  const [note, setNote] = useState("");
  const [base, setBase] = useState(basedOn);
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}/postmortem/versions`;
  const keep = useSend<PostMortemText>(() => ({ path, body: { text, note, based_on: base } }), [["postmortem", incident]]);
  const conflict = keep.error instanceof ApiFailure && keep.error.kind === "conflict";
  return (
    <div className="flex flex-col gap-2 p-4">
      <div className="hidden print:block">
        <Markdown text={text} />
      </div>
      <div className="flex flex-col gap-2 print:hidden">
        <textarea aria-label="Post-mortem in Markdown" maxLength={LONGEST} className="h-96 w-full rounded border border-line bg-ground p-2 font-mono text-sm" value={text} onChange={(event) => setText(event.target.value)} />
        <Field label="What you changed, in a few words (may be empty)" maxLength={200} value={note} onChange={setNote} />
        {keep.error && (
          <p role="alert" className="text-sm break-words whitespace-pre-wrap text-bad">
            Not kept: {visible(keep.error.message)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          <Button look="primary" disabled={keep.isPending} why={whyNotKeep(text, begun)} onClick={() => keep.mutate(undefined, { onSuccess: done, onError: look })}>
            {keep.isPending ? "Keeping …" : "Keep this version"}
          </Button>
          {conflict && current > base && (
            <Button
              onClick={() => {
                setBase(current);
                keep.reset();
              }}
            >
              I took over what I need: go on from version {current}
            </Button>
          )}
          <Button onClick={() => download(text, `${incident}.md`)}>Download Markdown</Button>
          <Button onClick={done}>Close without keeping</Button>
        </div>
        <p className="text-sm text-muted">Until it is kept, the text is in this tab only.</p>
      </div>
    </div>
  );
}

export function download(text: string, name: string) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
