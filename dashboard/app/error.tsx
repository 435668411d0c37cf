"use client";

import { Notice } from "@/components/ui/states";

/** A fault of this page's own: said in words, with the way out. */
export default function PageFault({ error, reset }: { error: Error; reset(): void }) {
  return (
    <main>
      <Notice kind="error" title="This page broke" action={["Show it again", reset]}>
        {error.message}. Nothing was lost: everything is in the API. If it happens again, reload the page and report these words.
      </Notice>
    </main>
  );
}
