"use client";

import { useLayoutEffect, useRef } from "react";

export type Keys = Readonly<Record<string, () => void>>;

/*
 * Layout effects, not passive ones: those run after the paint, and a key pressed between the two would find nobody listening, or
 * one who still holds what was there before.
 */

/** Single keys, for as long as nobody is typing and no dialog is open. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useLayoutEffect(() => {
    current.current = keys;
  });
  useLayoutEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const at = event.target instanceof HTMLElement ? event.target : null;
      if (at?.closest("input, textarea, select, dialog[open]") || document.querySelector("dialog[open]")) return;
      const act = Object.hasOwn(current.current, event.key) ? current.current[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

/** Ctrl or Cmd with a letter, wherever one is typing. */
export function useCommandKey(letter: string, act: () => void): void {
  const current = useRef(act);
  useLayoutEffect(() => {
    current.current = act;
  });
  useLayoutEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== letter) return;
      event.preventDefault();
      current.current();
    }
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [letter]);
}
