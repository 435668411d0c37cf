"use client";

import ReactMarkdown, { type Components } from "react-markdown";
import { visible } from "@/features/journal/look";

/** Links are text with their address beside it: text from outside leads nowhere by a click. Nothing is fetched. */
const PARTS: Components = {
  a: ({ href, children }) => (
    <span>
      {children}
      {href ? ` (${href})` : ""}
    </span>
  ),
  img: ({ alt, src }) => <span>[picture: {alt || (typeof src === "string" ? src : "")}]</span>,
  h1: ({ children }) => <p className="text-base font-semibold">{children}</p>,
  h2: ({ children }) => <p className="font-semibold">{children}</p>,
  h3: ({ children }) => <p className="font-semibold">{children}</p>,
  ul: ({ children }) => <ul className="list-disc pl-5">{children}</ul>,
  ol: ({ children }) => <ol className="list-decimal pl-5">{children}</ol>,
  pre: ({ children }) => <pre tabIndex={0} className="overflow-x-auto rounded bg-ground p-2 whitespace-pre-wrap">{children}</pre>,
};

/** Markdown without HTML: tags in it are shown as the text they are. */
export default function Markdown({ text }: { text: string }) {
  return (
    <div className="flex flex-col gap-2 text-sm break-words">
      <ReactMarkdown components={PARTS}>{visible(text)}</ReactMarkdown>
    </div>
  );
}
