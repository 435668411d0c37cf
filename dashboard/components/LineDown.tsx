"use client";

import { useLineDown } from "@/lib/api/line";
import { clock } from "@/lib/words";

/** Stands above every page while what it shows cannot be read anew. */
export function LineDown() {
  const since = useLineDown();
  if (since === 0) return null;
  return (
    <p role="alert" className="sticky top-0 z-10 border-b border-bad bg-panel px-4 py-2 text-sm text-bad">
      The API does not answer now. What you see was true at {clock(new Date(since).toISOString())}; it is asked again by itself, and this line goes when it answers.
    </p>
  );
}
