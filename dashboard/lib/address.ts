"use client";

import { useCallback, useSyncExternalStore } from "react";

const CHANGED = "sre-agent:address";

function listen(onChange: () => void): () => void {
  window.addEventListener("popstate", onChange);
  window.addEventListener(CHANGED, onChange);
  return () => {
    window.removeEventListener("popstate", onChange);
    window.removeEventListener(CHANGED, onChange);
  };
}

/** The page's own address: what is looked at stands in it, so that links and reloads lead back to it. */
export function useAddress(): [URLSearchParams, (change: Readonly<Record<string, string>>) => void] {
  const search = useSyncExternalStore(listen, () => window.location.search, () => "");
  const change = useCallback((wished: Readonly<Record<string, string>>) => {
    const next = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(wished)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const query = next.toString();
    window.history.replaceState(null, "", query ? `?${query}` : window.location.pathname);
    window.dispatchEvent(new Event(CHANGED));
  }, []);
  return [new URLSearchParams(search), change];
}

/** The last part of the path, decoded: the one page that serves every cluster reads its name here. */
export function usePathName(): string {
  const path = useSyncExternalStore(listen, () => window.location.pathname, () => "");
  return lastPartOf(path);
}

/** A part that is no well-formed escape (`%zz`) names nothing there is, and is taken as it was typed. */
export function lastPartOf(path: string): string {
  const typed = path.replace(/\/$/, "").split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(typed);
  } catch {
    return typed;
  }
}
