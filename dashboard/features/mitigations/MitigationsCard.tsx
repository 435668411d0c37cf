"use client";

import type { Mitigation, MitigationList } from "@/lib/api/types";
import { useNow, useRead } from "@/lib/api/hooks";
import { visible } from "@/features/journal/look";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { entity, moment } from "@/lib/words";
import { Decide } from "./Decide";
import { LinkFix } from "./LinkFix";
import { courseOf, fixOf, isOpen } from "./view";

/** What the agent did here for a time: until when, how it is restored, what replaces it for good, and what became of it. */
export function MitigationsCard({ incident }: { incident: string }) {
  const found = useRead<MitigationList>(["mitigations", incident], `/api/v1/mitigations?incident=${encodeURIComponent(incident)}`);
  return (
    <Card id="mitigations" title="Done for a time">
      <Loaded of={found} what="what was done for a time">
        {({ items }) => (items.length === 0 ? <p className="p-4 text-sm text-muted">Nothing was done here for a time only.</p> : <Rows items={items} />)}
      </Loaded>
    </Card>
  );
}

function Rows({ items }: { items: readonly Mitigation[] }) {
  const now = useNow(1000);
  return (
    <ul>
      {items.map((each) => (
        <Row key={each.key} of={each} now={now} />
      ))}
    </ul>
  );
}

function Row({ of: one, now }: { of: Mitigation; now: number }) {
  const { said, tone } = courseOf(one, now);
  const fix = fixOf(one);
  return (
    <li className="flex flex-col gap-1 border-b border-line px-4 py-3 text-sm break-words last:border-b-0">
      <p>
        <Badge tone={tone}>{said}</Badge> {visible(one.statement)} <span className="text-muted">{visible(entity(one.target))}</span>
      </p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
        <dt className="text-muted">Until</dt>
        <dd>{moment(one.expires_at)}</dd>
        <dt className="text-muted">Restored by</dt>
        <dd>{visible(one.restore)}</dd>
        <dt className="text-muted">Permanent fix</dt>
        <dd>{visible(one.fix)}</dd>
        {fix && <dt className="text-muted">Its ticket</dt>}
        {fix && <dd>{fix.href ? <a href={fix.href} rel="noreferrer">{visible(fix.said)}</a> : visible(fix.said)}</dd>}
        {one.why && <dt className="text-muted">Why it stands so</dt>}
        {one.why && <dd>{visible(one.why)}</dd>}
      </dl>
      <LinkFix mitigation={one} />
      {isOpen(one) && <Decide mitigation={one} />}
    </li>
  );
}
