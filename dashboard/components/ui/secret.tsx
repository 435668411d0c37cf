"use client";

import { useState } from "react";
import { Button } from "./button";

interface SecretProps {
  text: string;
  about: string;
  onHide(): void;
}

/** Something that is shown once: to be copied now, and gone from the page when it is hidden. */
export function Secret({ text, about, onHide }: SecretProps) {
  const [said, setSaid] = useState("");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      setSaid("The browser does not allow it: select the text and copy it by hand.");
    }
  }
  return (
    <div role="status" className="mt-2 rounded border border-warn p-2">
      <p className="text-sm">Shown this once, and kept nowhere: copy it now. {about}</p>
      <p className="my-1 break-all select-all">
        <code>{text}</code>
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => void copy()}>Copy</Button>
        <Button onClick={onHide}>Hide</Button>
        <span className="text-sm text-muted">{said}</span>
      </div>
    </div>
  );
}
