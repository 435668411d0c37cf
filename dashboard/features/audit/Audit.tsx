"use client";

import { useAddress } from "@/lib/address";
import { useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Cell, Table } from "@/components/ui/table";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { Proof } from "./Proof";
import { isFiltered, isIncident, pagesOf, queryOf, wantedOf, type AuditEntry, type AuditList } from "./view";

/** Who did what, when and why: found by filters, proved by a button, taken away as a file. */
export function Audit() {
  const { me } = useSession();
  if (mayAct(me.role, "approver")) return <Log />;
  return (
    <Card title="Entries">
      <Notice kind="forbidden" title="Your role may not see this">
        The audit log is for approvers and administrators; you are {me.role}. Each incident&apos;s own page shows its journal to everybody.
      </Notice>
    </Card>
  );
}

function Log() {
  const [address, change] = useAddress();
  const wanted = wantedOf(address);
  const query = queryOf(wanted);
  const found = useRead<AuditList>(["audit", query], `/api/v1/audit?${query}`, { everyMs: 15_000, keep: true });
  const narrow = (name: string) => (value: string) => change({ [name]: value, page: "" });
  const clear = () => change({ actor: "", action: "", text: "", since: "", until: "", page: "" });
  return (
    <>
      <Proof />
      <Card title="Entries" aside={found.data && <span className="text-xs text-muted">{found.data.total} in all</span>}>
        <div className="grid gap-2 border-b border-line p-3 sm:grid-cols-2 lg:grid-cols-5">
          <Field label="Who" value={wanted.actor} onChange={narrow("actor")} maxLength={200} />
          <Field label="Action begins with" placeholder="plan." value={wanted.action} onChange={narrow("action")} maxLength={200} />
          <Field label="Words" type="search" value={wanted.text} onChange={narrow("text")} maxLength={200} />
          <Field label="From the day" type="date" value={wanted.since} onChange={narrow("since")} />
          <Field label="To the day" type="date" value={wanted.until} onChange={narrow("until")} />
        </div>
        <Loaded of={found} what="the audit log">
          {(list) =>
            list.items.length === 0 ? (
              <Notice kind="empty" title={isFiltered(wanted) ? "No entry fits" : "Nothing is on file yet"} {...(isFiltered(wanted) ? { action: ["Show all", clear] as const } : {})}>
                Answers to plans, steps, ends of incidents, accounts and tokens are written down here.
              </Notice>
            ) : (
              <>
                <Table label="Audit log" heads={["when", "who", "what", "about", "reason and detail"]}>
                  {list.items.map((entry) => (
                    <Line key={entry.seq} entry={entry} />
                  ))}
                </Table>
                <div className="flex flex-wrap items-center gap-2 p-3 text-sm">
                  <Button why={wanted.page <= 1 ? "This is the newest page." : ""} onClick={() => change({ page: String(wanted.page - 1) })}>
                    Newer
                  </Button>
                  <Button why={wanted.page >= pagesOf(list.total) ? "This is the oldest page." : ""} onClick={() => change({ page: String(wanted.page + 1) })}>
                    Older
                  </Button>
                  <span className="text-muted">
                    page {wanted.page} of {pagesOf(list.total)}
                  </span>
                </div>
              </>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <Cell className="whitespace-nowrap">
        <time dateTime={entry.at}>{moment(entry.at)}</time>
        <span className="block text-xs text-muted">no. {entry.seq}</span>
      </Cell>
      <Cell>{visible(entry.actor)}</Cell>
      <Cell>
        <code>{visible(entry.action)}</code>
      </Cell>
      <Cell className="break-all">{isIncident(entry.subject) ? <a href={`/incidents/${entry.subject}`}>{entry.subject}</a> : visible(entry.subject)}</Cell>
      <Cell className="min-w-48 break-words">
        {visible(entry.reason)}
        {entry.detail && <span className="block text-muted">{visible(entry.detail)}</span>}
      </Cell>
    </tr>
  );
}
