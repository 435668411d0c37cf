"use client";

import type { components } from "@/lib/api/schema";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { Cell, Table } from "@/components/ui/table";
import { visible } from "@/features/journal/look";
import { roomOfId } from "@/features/incidents/folding";
import { moment } from "@/lib/words";
import { agreementSign } from "./view";

/** What the numbers rest on, newest first. */
export function Samples() {
  const found = useRead<components["schemas"]["SampleList"]>(["trust", "samples"], "/api/v1/trust/samples?limit=50", { everyMs: 15_000 });
  return (
    <Card title="What the numbers rest on">
      <Loaded of={found} what="cases">
        {({ items }) =>
          items.length === 0 ? (
            <Notice kind="empty" title="No case yet">
              Every planned step becomes one; what people and the world did then is matched with it.
            </Notice>
          ) : (
            <Table label="Cases, newest first" heads={["planned", "service and action", "under", "people and the world", "incident"]}>
              {items.map((each) => (
                <tr key={`${each.plan_digest} ${each.step}`}>
                  <Cell className="whitespace-nowrap">{moment(each.planned_at)}</Cell>
                  <Cell className="break-words">
                    {visible(each.service)}, {visible(each.action)}
                  </Cell>
                  <Cell>{each.level}</Cell>
                  <Cell className="min-w-48">
                    <Badge tone={agreementSign(each)[0]}>{agreementSign(each)[1]}</Badge> {visible(each.why)}
                  </Cell>
                  <Cell>
                    <a href={roomOfId(each.incident_id)}>{each.incident_id}</a>
                  </Cell>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
}
