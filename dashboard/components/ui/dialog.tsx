"use client";

import { useLayoutEffect, useRef, type ReactNode } from "react";
import { Button } from "./button";

interface DialogProps {
  title: string;
  open: boolean;
  onClose(): void;
  children: ReactNode;
}

/** The browser's own modal: it keeps the focus, and Escape closes it. */
export function Dialog({ title, open, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // before the paint: what is typed next belongs in here
  useLayoutEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) {
      dialog.showModal();
      // the browser would choose the button that closes it
      dialog.querySelector<HTMLElement>("input, textarea")?.focus();
    }
    if (!open) dialog?.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onClose={onClose}
      className="m-auto max-h-[90dvh] w-[min(56rem,94vw)] overflow-auto rounded-lg border border-line bg-panel p-0 text-ink backdrop:bg-black/50"
    >
      {open && (
        <>
          <header className="sticky top-0 flex items-center justify-between gap-2 border-b border-line bg-panel px-4 py-2">
            <h2 className="text-sm font-semibold">{title}</h2>
            <Button onClick={onClose}>Close</Button>
          </header>
          <div className="p-4">{children}</div>
        </>
      )}
    </dialog>
  );
}
