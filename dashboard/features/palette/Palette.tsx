"use client";

import { useId, useState, type KeyboardEvent } from "react";
import type { IncidentList } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { useAddress } from "@/lib/address";
import { useCommandKey } from "@/lib/keys";
import { Dialog } from "@/components/ui/dialog";
import { visible } from "@/features/journal/look";
import { fitting, offersOf, stepped, type Offer, type Page } from "./view";

/** Ctrl-K or Cmd-K: every page, list, part and incident by its name. */
export function Palette({ pages }: { pages: readonly Page[] }) {
  const [open, setOpen] = useState(false);
  useCommandKey("k", () => setOpen((before) => !before));
  return (
    <Dialog title="Go to" open={open} onClose={() => setOpen(false)}>
      <Chooser pages={pages} close={() => setOpen(false)} />
    </Dialog>
  );
}

function Chooser({ pages, close }: { pages: readonly Page[]; close(): void }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [address] = useAddress();
  const list = useId();
  const path = `/api/v1/incidents?size=20&text=${encodeURIComponent(typed.trim().slice(0, 200))}`;
  const found = useRead<IncidentList>(["incidents", path], path, { keep: true });
  const latest = useRead<IncidentList>(["incidents", "latest"], "/api/v1/incidents?size=50");
  const known = new Map([...(latest.data?.items ?? []), ...(found.data?.items ?? [])].map((each) => [each.id, each]));
  const offers = fitting(offersOf(pages, [...known.values()], address.has("incident")), typed);
  const at = Math.min(chosen, offers.length - 1);

  function pressed(event: KeyboardEvent) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setChosen(stepped(at, by, offers.length));
    else if (event.key === "Enter" && offers[at]) go(offers[at], close);
    else return;
    event.preventDefault();
  }

  return (
    <>
      <input
        role="combobox"
        aria-label="Page, list, part or incident"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={offers[at] ? `${list}-${at}` : undefined}
        autoFocus
        autoComplete="off"
        value={typed}
        onChange={(event) => (setTyped(event.target.value), setChosen(0))}
        onKeyDown={pressed}
        className="min-h-11 w-full rounded-md border border-line bg-panel px-2 text-sm"
      />
      <ul id={list} role="listbox" aria-label="What fits" className="mt-2">
        {offers.map((each, row) => (
          <li
            key={each.id}
            id={`${list}-${row}`}
            role="option"
            aria-selected={row === at}
            onClick={() => go(each, close)}
            className={`cursor-pointer rounded px-2 py-1.5 text-sm break-words ${row === at ? "bg-raised" : ""}`}
          >
            {visible(each.title)} <span className="text-muted">{visible(each.more)}</span>
          </li>
        ))}
      </ul>
      {offers.length === 0 && (
        <p role="status" className="text-sm text-muted">
          Nothing fits. Incidents are searched by title, summary, namespace and cause.
        </p>
      )}
      {found.error && (
        <p role="alert" className="text-sm text-bad">
          {found.error.message}
        </p>
      )}
    </>
  );
}

function go(offer: Offer, close: () => void) {
  close();
  if (!offer.href.startsWith("#")) return window.location.assign(offer.href);
  const part = document.getElementById(offer.href.slice(1));
  part?.scrollIntoView();
}
