"use client";

import type { IncidentList } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { clustersOf, roomOf, severityTone } from "./view";

const WAITING = "/api/v1/incidents?status=awaiting_approval&size=200";
const OPEN = `/api/v1/incidents?${["open", "investigating", "awaiting_approval", "remediating", "verifying"].map((each) => `status=${each}`).join("&")}&size=200`;

/** What stands still until a person answers. */
export function Waiting() {
  const { me } = useSession();
  const found = useRead<IncidentList>(["incidents", WAITING], WAITING, { everyMs: 3000 });
  const may = mayAct(me.role, "responder");
  return (
    <Card title={may ? "Waits for you" : "Waits for an answer"}>
      <Loaded of={found} what="plans that wait">
        {({ items }) => (
          <ul className="p-4 text-sm">
            {items.length === 0 && <li className="text-muted">Nothing waits for an answer.</li>}
            {items.map((each) => (
              <li key={each.id} className="py-1">
                <Badge tone={severityTone[each.severity]}>{each.severity}</Badge> <a href={`${roomOf(each)}#plan`}>{each.title}</a>
              </li>
            ))}
            {items.length > 0 && !may && <li className="pt-2 text-muted">A {me.role} may look at the plans, but not answer.</li>}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

/** Each cluster in which something is unfinished, with the worst of it. */
export function Clusters() {
  const found = useRead<IncidentList>(["incidents", OPEN], OPEN, { everyMs: 5000 });
  return (
    <Card title="Clusters">
      <Loaded of={found} what="clusters">
        {({ items }) => (
          <ul className="p-4 text-sm">
            {items.length === 0 && <li className="text-muted">Nothing is unfinished in any cluster.</li>}
            {clustersOf(items).map((each) => (
              <li key={each.href} className="flex justify-between gap-2 py-1">
                <a href={each.href}>{each.cluster}</a>
                <span>
                  {each.open} unfinished <Badge tone={severityTone[each.worst]}>{each.worst}</Badge>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
