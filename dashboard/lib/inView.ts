"use client";

import { useEffect, useRef, useState, type RefObject } from "react";

const NEARLY = "300px";

/** Whether an element has come near to what is seen; once it has, it stays so. */
export function useInView<T extends Element>(): [RefObject<T | null>, boolean] {
  const element = useRef<T>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const at = element.current;
    if (!at || seen) return;
    const watch = new IntersectionObserver((found) => setSeen((before) => before || found.some((each) => each.isIntersecting)), { rootMargin: NEARLY });
    watch.observe(at);
    return () => watch.disconnect();
  }, [seen]);
  return [element, seen];
}
