"use client";

import { useState } from "react";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Cell, Table } from "@/components/ui/table";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { placeOf, rulesAbout, termsSentence, verdictOf, type Policies, type Rule } from "./view";

/** The law in force: where it was read, what it says, and a change that it refused. */
export function Law() {
  const found = useRead<Policies>(["policies"], "/api/v1/policies", { everyMs: 15_000 });
  return (
    <Loaded of={found} what="the law">
      {(law) => (
        <>
          {law.refused && (
            <div role="alert" className="rounded-lg border border-bad p-4 text-sm">
              <p className="font-semibold text-bad">A changed law was not taken; the old one holds since {moment(law.refused.at)}.</p>
              <ul className="list-disc pl-5">
                {law.refused.problems.map((problem) => (
                  <li key={problem} className="break-words">
                    {visible(problem)}
                  </li>
                ))}
              </ul>
              <p>Mend the file: it is read again by itself.</p>
            </div>
          )}
          {law.apart && (
            <p role="alert" className="rounded-lg border border-warn p-4 text-sm text-warn">
              The runner judges by another law just now than the one shown here. A changed file reaches both within some seconds; where this stays, look at the agent&apos;s log.
            </p>
          )}
          <Card title="The law in force" aside={<Badge>profile {law.profile}</Badge>}>
            <p className="px-4 py-2 text-sm break-all text-muted">
              Read {moment(law.loaded_at)} from {law.source}, digest <code>{law.digest.slice(0, 12)}</code>. The strictest rule that matches wins; where none speaks, a
              person is asked: {termsSentence(law.approval)}.
            </p>
            <Rules rules={law.rules} />
          </Card>
          <Card title="How far it goes on its own" aside={<Badge>otherwise {law.default_autonomy}</Badge>}>
            <Levels law={law} />
          </Card>
        </>
      )}
    </Loaded>
  );
}

function Rules({ rules }: { rules: readonly Rule[] }) {
  const [words, setWords] = useState("");
  const shown = rulesAbout(rules, words);
  return (
    <>
      <div className="border-y border-line p-3">
        <Field label="Search rules" hideLabel type="search" placeholder="Search rules" value={words} onChange={setWords} />
      </div>
      {shown.length === 0 ? (
        <Notice kind="empty" title="No rule says that" action={["Show all", () => setWords("")]} />
      ) : (
        <Table label="Rules" heads={["rule", "verdict", "when", "why, and who is asked", "where"]}>
          {shown.map((rule) => (
            <tr key={rule.id}>
              <Cell>{rule.id}</Cell>
              <Cell>
                <Badge tone={verdictOf(rule.verdict)[0]}>{verdictOf(rule.verdict)[1]}</Badge>
              </Cell>
              <Cell className="min-w-48">
                <code>{rule.when}</code>
              </Cell>
              <Cell className="min-w-48">
                {visible(rule.reason)}
                {rule.approval && <span className="block text-muted">{termsSentence(rule.approval)}</span>}
              </Cell>
              <Cell className="whitespace-nowrap">
                <code>{placeOf(rule)}</code>
              </Cell>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Levels({ law }: { law: Policies }) {
  return (
    <ul className="p-4 text-sm">
      {law.autonomy.map((level) => (
        <li key={level.id} className="py-1">
          <Badge tone="accent">{level.level}</Badge> where <code>{level.when}</code>: {visible(level.reason)} <code className="text-muted">{placeOf(level)}</code>
        </li>
      ))}
      {law.autonomy.length === 0 && <li className="text-muted">No rule sets another level than {law.default_autonomy}.</li>}
      {law.freezes.map((freeze) => (
        <li key={freeze.id} className="py-1">
          <Badge tone={freeze.holds_now ? "warn" : "calm"}>{freeze.holds_now ? "freeze holds now" : "freeze"}</Badge> {freeze.when}: {visible(freeze.reason)}
        </li>
      ))}
    </ul>
  );
}
