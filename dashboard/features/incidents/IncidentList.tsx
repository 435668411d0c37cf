"use client";

import { useLayoutEffect, useRef, useState } from "react";
import type { IncidentList as Found } from "@/lib/api/types";
import { useAddress } from "@/lib/address";
import { useNow, useRead } from "@/lib/api/hooks";
import { useKeys } from "@/lib/keys";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { Filters } from "./Filters";
import { IncidentRow } from "./IncidentRow";
import { folded, type Fold } from "./folding";
import { addressOf, filterOf, moved, PAGE_SIZE } from "./view";

/** The incidents that the address asks for; `cluster` narrows them further. */
export function IncidentList({ cluster = "" }: { cluster?: string }) {
  const [address, change] = useAddress();
  const asked = filterOf(address);
  const filter = cluster ? { ...asked, cluster } : asked;
  const path = addressOf(filter, useNow(60_000));
  const found = useRead<Found>(["incidents", path], path, { everyMs: 3000, keep: true });
  const rows = folded(found.data?.items ?? []);
  const search = useRef<HTMLInputElement>(null);
  const chosen = useChosen(rows, search);
  return (
    <Card title="Incidents">
      <Filters filter={asked} change={change} search={search} />
      <Loaded of={found} what="incidents">
        {(page) => (page.total === 0 ? <NothingFound filtered={address.size > 0} reset={() => change({ show: "", severity: "", text: "", opened: "", page: "", cluster: "" })} /> : <Rows rows={rows} chosen={chosen} />)}
      </Loaded>
      {found.data && <Pages total={found.data.total} page={filter.page} go={(page) => change({ page: page > 1 ? String(page) : "" })} />}
    </Card>
  );
}

function useChosen(rows: readonly Fold[], search: { current: HTMLInputElement | null }): number {
  const [chosen, setChosen] = useState(-1);
  useKeys({
    j: () => setChosen((at) => moved(at, 1, rows.length)),
    k: () => setChosen((at) => moved(at, -1, rows.length)),
    "/": () => search.current?.focus(),
  });
  // before the paint: Enter may follow at once
  useLayoutEffect(() => {
    document.querySelector<HTMLAnchorElement>(`[data-row="${chosen}"] a`)?.focus();
  }, [chosen]);
  return chosen;
}

function Rows({ rows, chosen }: { rows: readonly Fold[]; chosen: number }) {
  const now = useNow(1000);
  return (
    <ul>
      {rows.map(({ leader, joined }, at) => (
        <IncidentRow key={leader.id} incident={leader} joined={joined} now={now} at={at} chosen={at === chosen} />
      ))}
    </ul>
  );
}

function NothingFound({ filtered, reset }: { filtered: boolean; reset(): void }) {
  if (filtered) {
    return (
      <Notice kind="empty" title="No incident is like that" action={["Show all", reset]}>
        Other words, or another status, may find what you look for.
      </Notice>
    );
  }
  return (
    <Notice kind="empty" title="No incident yet">
      New here? <a href="/platform/setup">First run</a> connects your Alertmanager, step by step, and sends a test alert. In the lab,{" "}
      <code>sre-agent lab break scaled-to-zero</code> makes an incident. Alerts that were left alone are listed with the reason under <a href="/platform">Platform</a>.
    </Notice>
  );
}

export function Pages({ total, page, go }: { total: number; page: number; go(page: number): void }) {
  const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
  if (last === 1) return <p className="border-t border-line px-4 py-2 text-sm text-muted">{total} found</p>;
  return (
    <nav aria-label="Pages" className="flex items-center gap-2 border-t border-line px-4 py-2 text-sm text-muted">
      <Button why={page <= 1 ? "This is the first page." : ""} onClick={() => go(page - 1)}>
        Previous
      </Button>
      <span>
        page {page} of {last}, {total} found
      </span>
      <Button why={page >= last ? "This is the last page." : ""} onClick={() => go(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
