"use client";

import { useRef } from "react";
import type { RunLine, RunList } from "@/lib/api/types";
import { useAddress } from "@/lib/address";
import { useNow, useRead } from "@/lib/api/hooks";
import { useKeys } from "@/lib/keys";
import { Badge, Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { Filters } from "@/features/incidents/Filters";
import { Pages } from "@/features/incidents/IncidentList";
import { filterOf, roomOf, statusTone } from "@/features/incidents/view";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { Report } from "./Report";
import { becameOf, causeOf, reportOf, runsAddress, tookOf } from "./view";

/** The report of the run that the address names; else the history of all. */
export function Runs() {
  const [address] = useAddress();
  const incident = address.get("incident");
  return incident ? <Report key={incident} incident={incident} /> : <History />;
}

function History() {
  const [address, change] = useAddress();
  const filter = filterOf(address);
  const path = runsAddress(filter, useNow(60_000));
  const found = useRead<RunList>(["runs", path], path, { everyMs: 5000, keep: true });
  const search = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => search.current?.focus() });
  const reset = () => change({ show: "", severity: "", text: "", opened: "", page: "" });
  return (
    <>
      <h1 className="text-lg font-semibold">Runs: what people asked</h1>
      <Card title="History">
        <Filters filter={filter} change={change} search={search} />
        <Loaded of={found} what="the history">
          {({ items, total }) =>
            total > 0 ? (
              <ul>
                {items.map((each) => (
                  <Row key={each.incident.id} of={each} />
                ))}
              </ul>
            ) : address.size > 0 ? (
              <Notice kind="empty" title="No run is like that" action={["Show all", reset]}>
                Other words, or another status, may find what you look for.
              </Notice>
            ) : (
              <Notice kind="empty" title="Nobody asked anything yet">
                A question in the box <a href="/">Ask</a> begins an investigation, which is then listed here with its answer.
              </Notice>
            )
          }
        </Loaded>
        {found.data && <Pages total={found.data.total} page={filter.page} go={(page) => change({ page: page > 1 ? String(page) : "" })} />}
      </Card>
    </>
  );
}

function Row({ of: run }: { of: RunLine }) {
  const { incident } = run;
  return (
    <li className="border-b border-line px-4 py-2 text-sm last:border-b-0 hover:bg-raised">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <a href={reportOf(incident.id)} className="min-w-0 grow text-base font-medium break-words no-underline hover:underline">
          {visible(incident.title)}
        </a>
        <Badge tone={statusTone[incident.status]}>{becameOf(run)}</Badge>
        <a href={roomOf(incident)}>War room</a>
      </div>
      <p className="break-words text-muted">
        {visible(run.asked_by || "somebody")} asked, {moment(incident.opened_at)}; {tookOf(run)}; {visible(causeOf(run))}
      </p>
    </li>
  );
}
