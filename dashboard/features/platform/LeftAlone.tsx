"use client";

import type { FiledAlert } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";

/** Alerts that opened no incident, each with the exact reason. */
export function LeftAlone() {
  const found = useRead<{ items: FiledAlert[] }>(["left-alone"], "/api/v1/alerts/left-alone?limit=50", { everyMs: 10_000 });
  return (
    <Card title="Alerts left alone">
      <Loaded of={found} what="alerts">
        {({ items }) =>
          items.length === 0 ? (
            <Notice kind="empty" title="No alert was left alone">Each that opens no incident is listed here with the reason.</Notice>
          ) : (
            <ul>
              {items.map((each, at) => (
                <li key={at} className="border-b border-line px-4 py-2 text-sm break-words last:border-b-0">
                  <strong>{visible(each.alert.labels.alertname ?? "without a name")}</strong> <time dateTime={each.received_at}>{moment(each.received_at)}</time>
                  <p className="text-muted">{visible(each.not_investigated_because)}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
