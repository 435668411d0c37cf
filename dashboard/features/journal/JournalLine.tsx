"use client";

import { memo, useState } from "react";
import type { JournalEntry } from "@/lib/api/types";
import { clock } from "@/lib/words";
import { moreOf, signOf, visible, type Look } from "./look";

const LOOKS: Readonly<Record<Look, string>> = {
  chatter: "text-[#93a0ae]",
  thought: "text-[#8fd0ff]",
  heading: "font-semibold text-[#d9b8ff]",
  good: "text-[#7ee787]",
  bad: "text-[#ff9a92]",
  ask: "text-[#ecc35b]",
};

interface Props {
  entry: JournalEntry;
  onEvidence(id: string): void;
}

function evidenceOf(entry: JournalEntry): string[] {
  const named = entry.body.evidence;
  if (typeof named === "string") return [named];
  return Array.isArray(named) ? named.filter((each) => typeof each === "string") : [];
}

/** One entry: what was said, with its body folded, and the evidence it names ready to be opened. */
export const JournalLine = memo(function JournalLine({ entry, onEvidence }: Props) {
  const [open, setOpen] = useState(false);
  const { sign, look } = signOf(entry.kind);
  return (
    <div className="px-3 py-0.5">
      <div className="flex gap-2">
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="shrink-0 self-start text-left text-[#93a0ae] hover:text-white" title={`${entry.kind}, entry ${entry.seq}`}>
          {open ? "▾" : "▸"} {clock(entry.at)}
        </button>
        <span aria-hidden="true" className={`w-4 shrink-0 text-center ${LOOKS[look]}`}>
          {sign}
        </span>
        <span className="min-w-0 break-words">
          <span className="text-[#93a0ae]">{visible(entry.actor)} </span>
          <span className={LOOKS[look]}>{visible(entry.text)}</span>
          {evidenceOf(entry).map((id) => (
            <button key={id} type="button" onClick={() => onEvidence(id)} className="ml-2 underline hover:text-white">
              {visible(id)}
            </button>
          ))}
        </span>
      </div>
      {open && <pre className="mt-1 ml-6 max-h-80 overflow-auto border-l border-[#343b44] pl-3 whitespace-pre-wrap text-[#b8c2cd]">{visible(moreOf(entry) || "nothing more was said")}</pre>}
    </div>
  );
});
