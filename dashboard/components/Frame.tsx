"use client";

import { useState, type ReactNode } from "react";
import { Palette } from "@/features/palette/Palette";
import { PLACES } from "@/features/platform/places";
import { useSession } from "@/features/session/SessionGate";
import { useKeys } from "@/lib/keys";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";
import { LineDown } from "./LineDown";
import { ThemeSwitch } from "./ThemeSwitch";

const PAGES = [
  { href: "/", title: "Incidents" },
  { href: "/runs", title: "Runs" },
  { href: "/platform", title: "Platform" },
] as const;

const KEYS = [
  ["Ctrl K, ⌘ K", "go to any page, part or incident by its name"],
  ["j / k", "next, previous incident"],
  ["Enter", "open the chosen incident"],
  ["/", "search"],
  ["a", "go to the plan that waits for an answer"],
  ["g", "go to the list of incidents"],
  ["?", "this list"],
] as const;

const LINK = "rounded px-2 py-1 text-sm no-underline hover:bg-raised";

export function Frame({ children }: { children: ReactNode }) {
  const { me, leave } = useSession();
  const [help, setHelp] = useState(false);
  useKeys({ "?": () => setHelp(true), g: () => window.location.assign("/") });
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-4 py-2">
        <a href="/" className="mr-2 font-semibold no-underline">
          SRE Agent
        </a>
        <nav aria-label="Main" className="flex gap-1">
          {PAGES.map(({ href, title }) => (
            <a key={href} href={href} className={LINK}>
              {title}
            </a>
          ))}
        </nav>
        <span className="grow" />
        <span className="min-w-0 text-sm break-words text-muted max-sm:grow">
          {me.name} · {me.role}
        </span>
        <ThemeSwitch />
        <Button className="max-sm:hidden" onClick={() => setHelp(true)} aria-label="Keyboard shortcuts">
          ?
        </Button>
        <Button onClick={leave}>Leave</Button>
      </header>
      <LineDown />
      {children}
      <Palette pages={[...PAGES, ...PLACES.slice(1).map(({ href, text }) => ({ href, title: text }))]} />
      <Dialog title="Keyboard" open={help} onClose={() => setHelp(false)}>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
          {KEYS.map(([key, does]) => (
            <div key={key} className="contents">
              <dt>
                <kbd className="rounded border border-line px-1">{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
