"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import type { PostMortem, PostMortemText, PostMortemVersions } from "@/lib/api/types";
import { read, request } from "@/lib/api/client";
import { useRead } from "@/lib/api/hooks";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Choice } from "@/components/ui/field";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { Draft } from "./Draft";
import { download, Editor } from "./Editor";
import { choices, DRAFT, saidOf, standing, whyNotEdit } from "./view";

const Markdown = dynamic(() => import("@/components/ui/Markdown"), { ssr: false });

interface Begun {
  text: string;
  basedOn: number;
}

/** The post-mortem as it stands, its earlier versions and its draft; printing it makes a PDF. */
export function PostMortemPanel({ incident }: { incident: string }) {
  const { me, token } = useSession();
  const path = `/api/v1/incidents/${encodeURIComponent(incident)}/postmortem`;
  const versions = useRead<PostMortemVersions>(["postmortem", incident, "versions"], `${path}/versions`);
  const [chosen, setChosen] = useState<number | null>(null);
  const [begun, setBegun] = useState<Begun | null>(null);
  const shown = chosen ?? (versions.data ? standing(versions.data) : DRAFT);
  const begin = useMutation({
    mutationFn: () => read<PostMortemText>(`${path}/versions/${shown}`, token),
    onSuccess: ({ text }) => setBegun({ text, basedOn: versions.data?.current ?? 0 }),
  });
  const take = useMutation({
    mutationFn: async () => (await request(`${path}.md?version=${shown}`, token, { accept: "text/markdown" })).text(),
    onSuccess: (text) => download(text, `${incident}.md`),
  });
  const back = useSend<PostMortemText>(() => ({ path: `${path}/versions`, body: { text: null, based_on: versions.data?.current ?? 0 } }), [["postmortem", incident]]);
  const wrong = begin.error ?? take.error ?? back.error;
  function close() {
    setBegun(null);
    setChosen(null);
  }
  return (
    <Card
      id="postmortem"
      title="Post-mortem"
      aside={
        <div className="flex flex-wrap gap-2 print:hidden">
          <Button onClick={() => window.print()} title="The browser prints this part alone, or saves it as PDF">
            Print or save as PDF
          </Button>
          {!begun && (
            <>
              <Button onClick={() => take.mutate()} disabled={take.isPending}>
                {take.isPending ? "Fetching …" : "Download Markdown"}
              </Button>
              <Button onClick={() => begin.mutate()} disabled={begin.isPending || !versions.data} why={whyNotEdit(me.role ?? null)}>
                {begin.isPending ? "Opening …" : "Edit as Markdown"}
              </Button>
            </>
          )}
        </div>
      }
    >
      {wrong && (
        <p role="alert" className="px-4 pt-3 text-sm break-words whitespace-pre-wrap text-bad">
          {visible(wrong.message)}
        </p>
      )}
      {begun ? (
        <Editor incident={incident} text={begun.text} basedOn={begun.basedOn} current={versions.data?.current ?? 0} done={close} look={() => void versions.refetch()} />
      ) : (
        <Loaded of={versions} what="the post-mortem">
          {(all) => (
            <>
              <div className="flex flex-wrap items-center gap-2 px-4 pt-3 text-sm text-muted">
                <p className="min-w-0 grow break-words">{visible(saidOf(all, shown))}</p>
                {choices(all).length > 1 && <Choice className="print:hidden" label="Version of the post-mortem" options={choices(all)} value={String(shown)} onChange={(value) => setChosen(Number(value))} />}
                {standing(all) !== DRAFT && whyNotEdit(me.role ?? null) === "" && (
                  <Button className="print:hidden" disabled={back.isPending} title="The edits stay on file as versions" onClick={() => back.mutate(undefined, { onSuccess: close })}>
                    Go back to the draft
                  </Button>
                )}
              </div>
              {shown === DRAFT ? <OfDraft incident={incident} path={path} /> : <OfVersion incident={incident} path={path} number={shown} />}
            </>
          )}
        </Loaded>
      )}
    </Card>
  );
}

function OfDraft({ incident, path }: { incident: string; path: string }) {
  const found = useRead<PostMortem>(["postmortem", incident, "draft"], path);
  return <Loaded of={found} what="the draft">{(made) => <Draft of={made} />}</Loaded>;
}

function OfVersion({ incident, path, number }: { incident: string; path: string; number: number }) {
  const found = useRead<PostMortemText>(["postmortem", incident, "version", number], `${path}/versions/${number}`);
  return (
    <Loaded of={found} what="this version">
      {({ text }) => (
        <div className="p-4">
          <Markdown text={text} />
        </div>
      )}
    </Loaded>
  );
}
