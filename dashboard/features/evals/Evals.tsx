"use client";

import { useState } from "react";
import { useRead } from "@/lib/api/hooks";
import { ApiFailure } from "@/lib/api/client";
import { Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Interval } from "@/components/ui/interval";
import { Cell, Table } from "@/components/ui/table";
import { Loaded, Notice } from "@/components/ui/states";
import { moment, spaced } from "@/lib/words";
import { Calibration } from "./Calibration";
import { causesOf, meaningOf, partsOf, sentence, share, type Measurement, type Row } from "./view";

const HEADS = ["what", "incidents", "cause and entity first", "", "spread (95 %)", "entity first", "in the first three", "no answer", "misled"];

/** How well the diagnosis does, as `sre-agent evals` measured it last. */
export function Evals() {
  const found = useRead<Measurement>(["evals"], "/api/v1/evals");
  if (found.error instanceof ApiFailure && found.error.kind === "missing") {
    return (
      <Card title="Evaluation">
        <Notice kind="empty" title="No measurement is on file" action={["Look again", () => void found.refetch()]}>
          {found.error.message}.
        </Notice>
      </Card>
    );
  }
  return (
    <Loaded of={found} what="the last measurement">
      {(measured) => (
        <>
          <Card title="The diagnosis on recorded incidents" aside={<Made of={measured} />}>
            <Scores label="Parts of the measurement" rows={partsOf(measured)} meaning />
            <p className="px-4 py-3 text-sm text-muted">
              Misled: wrong at a confidence of 0.8 or more. The line in a bar is Wilson&apos;s interval: with few incidents it is wide, and
              a hundred per cent of five says little.
            </p>
            {measured.skipped.map((line) => (
              <p key={line} className="px-4 pb-3 text-sm text-warn">
                Skipped: {line}.
              </p>
            ))}
          </Card>
          <Calibration bands={measured.calibration} />
          <Causes of={measured} />
        </>
      )}
    </Loaded>
  );
}

function Made({ of: { at, commit } }: { of: Measurement }) {
  return (
    <span className="text-xs text-muted">
      {at ? <time dateTime={at}>{moment(at)}</time> : "no date kept"}
      {commit && `, commit ${commit}`}
    </span>
  );
}

function Causes({ of: measured }: { of: Measurement }) {
  const [words, setWords] = useState("");
  const rows = causesOf(measured, words);
  return (
    <Card title="Each cause, the weakest first">
      <div className="border-b border-line p-3">
        <Field label="Search causes" hideLabel type="search" placeholder="Search" value={words} onChange={setWords} />
      </div>
      {rows.length > 0 ? <Scores label="Causes" rows={rows} /> : <Notice kind="empty" title="No measured cause is called that" action={["Show all", () => setWords("")]} />}
    </Card>
  );
}

function Scores({ label, rows, meaning = false }: { label: string; rows: readonly Row[]; meaning?: boolean }) {
  return (
    <Table label={label} heads={HEADS}>
      {rows.map((row) => (
        <tr key={row.name}>
          <Cell className="min-w-40">
            {spaced(row.name)} {meaning && <span className="block text-xs text-muted">{meaningOf(row.name)}</span>}
          </Cell>
          <Cell>{row.score.incidents}</Cell>
          <Cell>
            <strong>{share(row.score.both_right)}</strong>
          </Cell>
          <Cell className="min-w-24">
            <Interval value={row.score.both_right} low={row.score.low} high={row.score.high} label={sentence(row)} />
          </Cell>
          <Cell className="whitespace-nowrap text-muted">
            {share(row.score.low)} to {share(row.score.high)}
          </Cell>
          <Cell>{share(row.score.entity_right)}</Cell>
          <Cell>{share(row.score.in_three)}</Cell>
          <Cell>{share(row.score.abstained)}</Cell>
          <Cell className={row.score.misled > 0 ? "text-bad" : ""}>{share(row.score.misled)}</Cell>
        </tr>
      ))}
    </Table>
  );
}
