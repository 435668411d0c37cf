"use client";

import type { ReactNode } from "react";
import { useInView } from "@/lib/inView";

/** What is neither read nor drawn before somebody scrolls near it; it holds its place meanwhile. */
export function Late({ children, tall = "6rem" }: { children(): ReactNode; tall?: string }) {
  const [place, seen] = useInView<HTMLDivElement>();
  return (
    <div ref={place} style={seen ? undefined : { minHeight: tall }}>
      {seen && children()}
    </div>
  );
}
