"use client";

import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Interval } from "@/components/ui/interval";
import { Loaded, Notice } from "@/components/ui/states";
import { Cell, Table } from "@/components/ui/table";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { Move } from "./Move";
import { Samples } from "./Samples";
import { agreementOf, fallen, inOrder, LEVELS, MEANING, shareOf, type Standing, type TrustList } from "./view";

/** How far the agent may go for each service and kind of action, what that rests on, and who decides. */
export function Ladder() {
  const found = useRead<TrustList>(["trust"], "/api/v1/trust", { everyMs: 15_000 });
  return (
    <>
      <Card title="The ladder">
        <p className="p-4 text-sm text-muted">
          Levels, from the least: {LEVELS.map((level) => `${level} (${MEANING[level]})`).join(", ")}. People move it up with the numbers before them; a wrong act moves it
          down by itself. The law still holds where it is stricter.
        </p>
        <Loaded of={found} what="the ladder">
          {({ items, start }) =>
            items.length === 0 ? (
              <Notice kind="empty" title="Nothing was planned yet">
                Each service and kind of action appears with its first plan, and begins at <strong>{start}</strong> (<code>TRUST_START</code>).
              </Notice>
            ) : (
              <Rungs items={inOrder(items)} />
            )
          }
        </Loaded>
      </Card>
      <Samples />
    </>
  );
}

function Rungs({ items }: { items: readonly Standing[] }) {
  return (
    <Table label="Services and kinds of action" heads={["service and action", "level", "agreement", "proposal", "why it stands there"]}>
      {items.map((each) => (
        <tr key={`${each.service} ${each.action}`}>
          <Cell className="break-words">
            <strong>{visible(each.service)}</strong>
            <br />
            {visible(each.action)}
          </Cell>
          <Cell>
            <Badge tone={fallen(each) ? "bad" : "accent"}>{each.level}</Badge>
          </Cell>
          <Cell className="min-w-56">
            <Interval value={shareOf(each)} low={each.low} high={each.high} label={agreementOf(each)} />
            {agreementOf(each)}
            {each.pending > 0 && <span className="block text-muted">{each.pending} not known yet</span>}
          </Cell>
          <Cell className="min-w-56">
            {visible(each.said)}
            <Move standing={each} />
          </Cell>
          <Cell className="min-w-48 break-words">
            {visible(each.reason)}
            {each.since && (
              <span className="block text-muted">
                {fallen(each) ? "the ladder itself" : visible(each.by)}, {moment(each.since)}
              </span>
            )}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
