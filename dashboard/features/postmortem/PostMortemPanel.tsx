"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import type { PostMortem } from "@/lib/api/types";
import { request } from "@/lib/api/client";
import { useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";

const Markdown = dynamic(() => import("@/components/ui/Markdown"), { ssr: false });

/** The draft, to be edited here and taken along as Markdown; printing it makes a PDF. */
export function PostMortemPanel({ incident }: { incident: string }) {
  const { token } = useSession();
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}/postmortem`;
  const found = useRead<PostMortem>(["postmortem", incident], path);
  const [draft, setDraft] = useState<string | null>(null);
  const markdown = useMutation({
    mutationFn: async () => (await request(`${path}.md`, token, { accept: "text/markdown" })).text(),
    onSuccess: setDraft,
  });
  return (
    <Card
      id="postmortem"
      title="Post-mortem"
      aside={
        <div className="flex flex-wrap gap-2 print:hidden">
          <Button onClick={() => window.print()} title="The browser prints this part alone, or saves it as PDF">
            Print or save as PDF
          </Button>
          <Button onClick={() => markdown.mutate()} disabled={markdown.isPending}>
            {markdown.isPending ? "Drafting …" : draft === null ? "Edit as Markdown" : "Draft anew"}
          </Button>
        </div>
      }
    >
      {markdown.error && (
        <p role="alert" className="px-4 pt-3 text-sm text-bad">
          {markdown.error.message}
        </p>
      )}
      {draft === null ? <Loaded of={found} what="the post-mortem">{(made) => <Draft of={made} />}</Loaded> : <Editor text={draft} change={setDraft} name={`${incident}.md`} />}
    </Card>
  );
}

function Editor({ text, change, name }: { text: string; change(text: string): void; name: string }) {
  function download() {
    const address = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    URL.revokeObjectURL(address);
  }
  return (
    <div className="flex flex-col gap-2 p-4">
      <div className="hidden print:block">
        <Markdown text={text} />
      </div>
      <textarea aria-label="Post-mortem in Markdown" className="h-96 print:hidden w-full rounded border border-line bg-ground p-2 font-mono text-sm" value={text} onChange={(event) => change(event.target.value)} />
      <p className="text-sm text-muted print:hidden">Changes stay in this tab until you download them.</p>
      <div className="print:hidden">
        <Button look="primary" onClick={download}>
          Download Markdown
        </Button>
      </div>
    </div>
  );
}

function Draft({ of: made }: { of: PostMortem }) {
  return (
    <div className="flex flex-col gap-3 p-4 text-sm break-words">
      <p className="font-medium">{visible(made.summary)}</p>
      <List title="Impact" items={made.impact} />
      <List title="Proof" items={made.proof} />
      <List title="Evidence" items={made.quotes.map((each) => `${each.evidence} (${each.source}): “${each.words}”`)} />
      <List title="Actions" items={made.actions.map((each) => `${each.statement} (${each.state}); allowed by ${each.allowed_by}, rule ${each.rule}; undo: ${each.undo}`)} />
      <List title="Ruled out" items={made.ruled_out} />
      <List title="Follow-ups" items={made.follow_ups} />
      <List title="Timeline" items={made.timeline.map((each) => `${moment(each.at)} ${each.who}: ${each.text}`)} />
    </div>
  );
}

function List({ title, items }: { title: string; items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3 className="font-semibold">{title}</h3>
      <ul className="list-disc pl-5">
        {items.map((each, at) => (
          <li key={at}>{visible(each)}</li>
        ))}
      </ul>
    </section>
  );
}
