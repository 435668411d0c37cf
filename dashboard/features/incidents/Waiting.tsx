"use client";

import { useQueries } from "@tanstack/react-query";
import type { Incident, IncidentList, PlanView } from "@/lib/api/types";
import { read } from "@/lib/api/client";
import { useNow, useRead } from "@/lib/api/hooks";
import { useSession } from "@/features/session/SessionGate";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { asked, waitsFor, type Waits } from "./waiting";
import { roomOf, severityTone } from "./view";

const WAITING = "/api/v1/incidents?status=awaiting_approval&order=worst&size=200";
/** Of more plans than these it is not asked whom they wait for. */
const LOOKED_INTO = 20;

/** What stands still until a person answers: for the one who looks, and for others. */
export function Waiting() {
  const found = useRead<IncidentList>(["incidents", WAITING], WAITING, { everyMs: 3000 });
  return (
    <Card title="Waits for an answer">
      <Loaded of={found} what="plans that wait">
        {({ items }) => (items.length === 0 ? <p className="p-4 text-sm text-muted">Nothing waits for an answer.</p> : <Sorted items={items} />)}
      </Loaded>
    </Card>
  );
}

function Sorted({ items }: { items: readonly Incident[] }) {
  const { me } = useSession();
  const { mine, others } = waitsFor(useAsked(items), me.role ?? null, me.name, useNow(10_000));
  return (
    <div className="flex flex-col gap-2 p-4 text-sm">
      <h3 className="font-semibold">{mine.length > 0 ? `You may answer (${mine.length})` : "None of these waits for you"}</h3>
      <ul>
        {mine.map((each) => (
          <Row key={each.id} of={each} />
        ))}
      </ul>
      {others.length > 0 && <h3 className="font-semibold">Others must answer ({others.length})</h3>}
      <ul>
        {others.map(({ incident, why }) => (
          <Row key={incident.id} of={incident} why={why} />
        ))}
      </ul>
    </div>
  );
}

function useAsked(items: readonly Incident[]): Waits[] {
  const { token } = useSession();
  const found = useQueries({
    queries: items.slice(0, LOOKED_INTO).map(({ id }) => ({
      queryKey: ["plans", id],
      queryFn: ({ signal }: { signal: AbortSignal }) => read<{ items: PlanView[] }>(`/api/v1/incidents/${encodeURIComponent(id)}/plans`, token, { signal }),
      refetchInterval: 10_000,
    })),
  });
  return items.map((incident, at) => ({ incident, plan: asked(found[at]?.data?.items ?? []) }));
}

function Row({ of: each, why = "" }: { of: Incident; why?: string }) {
  return (
    <li className="py-1 break-words">
      <Badge tone={severityTone[each.severity]}>{each.severity}</Badge> <a href={`${roomOf(each)}#plan`}>{visible(each.title)}</a>
      {why && <span className="text-muted"> {why}</span>}
    </li>
  );
}
