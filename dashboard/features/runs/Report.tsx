"use client";

import type { RunReport } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { roomOf } from "@/features/incidents/view";
import { visible } from "@/features/journal/look";
import { clock, moment } from "@/lib/words";
import { becameOf, causeOf, toolLine, tookOf } from "./view";

const RUNNING_MS = 5000;
const HEADS = ["Tool", "Calls", "Failed", "Median", "9 of 10 within", "Slowest"] as const;

/** One run, to be read from top to bottom or printed. */
export function Report({ incident }: { incident: string }) {
  const found = useRead<RunReport>(["report", incident], `/api/v1/incidents/${encodeURIComponent(incident)}/report`, { everyMs: RUNNING_MS });
  return (
    <>
      <h1 className="text-lg font-semibold">Report of a run</h1>
      <Card
        id="report"
        title="Report"
        aside={
          <div className="flex flex-wrap items-center gap-3 text-sm print:hidden">
            <a href="/runs">All runs</a>
            {found.data && <a href={roomOf(found.data.incident)}>War room</a>}
            <Button onClick={() => window.print()} title="The browser prints this part alone, or saves it as PDF">
              Print or save as PDF
            </Button>
          </div>
        }
      >
        <Loaded of={found} what="the report">{(report) => <Read of={report} />}</Loaded>
      </Card>
    </>
  );
}

function Read({ of: report }: { of: RunReport }) {
  const { incident } = report;
  return (
    <div className="flex flex-col gap-3 p-4 text-sm break-words">
      <p className="text-base font-medium">{visible(incident.question || incident.title)}</p>
      <p className="text-muted">
        {visible(report.asked_by || "somebody")}, {moment(incident.opened_at)}; {becameOf(report)}; {tookOf(report)}
      </p>
      <section>
        <h3 className="font-semibold">Answer</h3>
        <p>{visible(report.answer)}</p>
        <p className="text-muted">{visible(causeOf(report))}</p>
      </section>
      <List title="Evidence" none="No words were quoted." items={report.quotes.map((each) => `${each.evidence} (${each.source}): “${each.words}”`)} />
      <List title="Ruled out" items={report.ruled_out} />
      <List title="What could not be seen" none="Everything that was looked for could be seen." items={report.unseen.map(({ what, why }) => (why ? `${what}: ${why}` : what))} />
      <List title="Turns" none="Nobody was sent to look yet." items={report.turns.map((each) => `${clock(each.at)} ${each.specialists}: ${each.questions.join(" · ") || "no question"}`)} />
      <Tools of={report.tools} />
      <List title="All that was read" items={report.evidence.map((each) => `${each.id}: ${each.source}, ${clock(each.at)}, turn ${each.turn}`)} />
    </div>
  );
}

function Tools({ of: tools }: { of: RunReport["tools"] }) {
  if (tools.length === 0) return null;
  return (
    <section>
      <h3 className="font-semibold">Tools</h3>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Tools with their latencies">
        <table className="w-full text-left">
          <thead>
            <tr>
              {HEADS.map((head) => (
                <th key={head} scope="col" className="py-1 pr-3 font-normal text-muted">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tools.map((each) => (
              <tr key={each.tool}>
                <th scope="row" className="py-1 pr-3 font-normal">{visible(each.tool)}</th>
                {toolLine(each).map((cell, at) => (
                  <td key={at} className="py-1 pr-3 tabular-nums">{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function List({ title, items, none = "" }: { title: string; items: readonly string[]; none?: string }) {
  if (items.length === 0 && !none) return null;
  return (
    <section>
      <h3 className="font-semibold">{title}</h3>
      {items.length === 0 ? (
        <p className="text-muted">{none}</p>
      ) : (
        <ul className="list-disc pl-5">
          {items.map((each, at) => (
            <li key={at}>{visible(each)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
