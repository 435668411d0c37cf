"use client";

import type { Check, PlanView, Verification } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment, spaced } from "@/lib/words";
import { Spreads } from "./Spreads";
import { bandOf, comparisonOf, otherNumbers, spreadsOf, type Band } from "./view";

const TONES: Readonly<Record<Verification["recovery"], Tone>> = {
  recovered: "good",
  better: "good",
  not_yet: "warn",
  worse: "bad",
  no_traffic: "warn",
  unknown: "warn",
};

/** Whether it helped: every check with its numbers. */
export function Verifications({ incident }: { incident: string }) {
  const found = useRead<{ items: PlanView[] }>(["plans", incident], `/api/v1/incidents/${encodeURIComponent(incident)}/plans`);
  return (
    <Card id="proof" title="Proof">
      <Loaded of={found} what="verifications">
        {({ items }) => {
          const made = items.flatMap((plan) => plan.verifications).sort((one, other) => other.at.localeCompare(one.at));
          if (made.length === 0) return <Notice kind="empty" title="Nothing to prove yet">After a step, its effect is measured against the time before the incident.</Notice>;
          return made.map((each, at) => <Made key={each.at} of={each} open={at === 0} />);
        }}
      </Loaded>
    </Card>
  );
}

function Made({ of: made, open }: { of: Verification; open: boolean }) {
  return (
    <details open={open} className="border-b border-line last:border-b-0">
      <summary className="cursor-pointer px-4 py-2 text-sm break-words">
        <Badge tone={TONES[made.recovery]}>{spaced(made.recovery)}</Badge> {moment(made.at)}: {visible(made.summary)}
      </summary>
      <ul>
        {made.checks.map((check, at) => (
          <CheckRow key={at} check={check} />
        ))}
      </ul>
    </details>
  );
}

function CheckRow({ check }: { check: Check }) {
  const compared = comparisonOf(check);
  const band = compared && bandOf(compared);
  const [tone, sign] = check.passed === null ? (["warn", "not known"] as const) : check.passed ? (["good", "holds"] as const) : (["bad", "fails"] as const);
  return (
    <li className="border-t border-line px-4 py-2 text-sm break-words">
      <p>
        <Badge tone={tone}>{sign}</Badge> {visible(check.sentence)}
      </p>
      {compared && (
        <p className="text-muted">
          before <strong className="text-ink">{compared.before}</strong> → after <strong className="text-ink">{compared.after}</strong>
          {compared.counted && ` · ${compared.counted}`}
        </p>
      )}
      {band && <Interval band={band} />}
      {compared?.said && <p className="text-muted">{compared.said}</p>}
      <Spreads of={spreadsOf(check)} />
      <details className="text-muted">
        <summary className="cursor-pointer">numbers</summary>
        {check.query && <pre className="whitespace-pre-wrap">{visible(check.query)}</pre>}
        <dl className="grid grid-cols-[auto_1fr] gap-x-3">
          {otherNumbers(check).map(([name, value]) => (
            <div key={name} className="contents">
              <dt>{name}</dt>
              <dd>{visible(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

function Interval({ band }: { band: Band }) {
  return (
    <svg role="img" aria-label="Interval of the difference, with no difference and the margin" className="my-1 h-3 w-full max-w-sm" viewBox="0 0 100 6" preserveAspectRatio="none">
      <line x1={0} x2={100} y1={3} y2={3} stroke="var(--line)" strokeWidth={0.6} />
      <line x1={band.zero} x2={band.zero} y1={0} y2={6} stroke="var(--muted)" strokeWidth={0.5} />
      <line x1={band.margin} x2={band.margin} y1={0} y2={6} stroke="var(--bad)" strokeWidth={0.5} />
      <line x1={band.from} x2={band.to} y1={3} y2={3} stroke="var(--accent)" strokeWidth={2} />
    </svg>
  );
}
