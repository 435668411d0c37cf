"use client";

import type { Mitigation, MitigationList } from "@/lib/api/types";
import { useNow, useRead } from "@/lib/api/hooks";
import { visible } from "@/features/journal/look";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { courseOf, placeOf, pressing, pressure } from "./view";

const OPEN = "/api/v1/mitigations?state=standing&state=asked";

/** How much of what was done for a time, in any incident, needs somebody now. */
export function NearlyUp() {
  const found = useRead<MitigationList>(["mitigations", OPEN], OPEN, { everyMs: 10_000 });
  return (
    <Card title="Done for a time">
      <Loaded of={found} what="what was done for a time">
        {({ items }) => <Pressing items={items} />}
      </Loaded>
    </Card>
  );
}

function Pressing({ items }: { items: readonly Mitigation[] }) {
  const now = useNow(10_000);
  const found = pressing(items, now);
  const said = pressure(found);
  if (!said) return <p className="p-4 text-sm text-muted">{items.length === 0 ? "Nothing stands for a time only." : `${items.length} in effect; none needs anybody now.`}</p>;
  return (
    <div className="p-4 text-sm">
      <p className="font-semibold first-letter:uppercase">{said}</p>
      <ul>
        {[...found.asked, ...found.soon].map((each) => (
          <li key={each.key} className="py-1 break-words">
            <Badge tone={courseOf(each, now).tone}>{courseOf(each, now).said}</Badge> <a href={placeOf(each)}>{visible(each.statement)}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}
