"use client";

import type { ClusterHealth, ClusterList } from "@/lib/api/types";
import { useNow, useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { clusterLine, severityTone } from "./view";

const CLUSTERS = "/api/v1/clusters";

/** Each cluster: whether the agent can look into it, and what is unfinished there. */
export function Clusters() {
  const found = useRead<ClusterList>(["clusters"], CLUSTERS, { everyMs: 5000 });
  const now = useNow(10_000);
  return (
    <Card title="Clusters">
      <Loaded of={found} what="clusters">
        {({ items }) => (
          <ul className="flex flex-col gap-3 p-4 text-sm">
            {items.length === 0 && <li className="text-muted">No cluster is known: the setting CLUSTER names the one the agent is for.</li>}
            {items.map((each) => (
              <Line key={each.cluster} of={each} now={now} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Line({ of, now }: { of: ClusterHealth; now: number }) {
  const { cluster, href, unfinished, worst, reach, said } = clusterLine(of, now);
  return (
    <li className="min-w-0">
      <div className="flex items-start justify-between gap-2">
        <a href={href} className="line-clamp-3 min-w-0 break-words">
          {visible(cluster)}
        </a>
        <Badge tone={reach[0]}>{reach[1]}</Badge>
      </div>
      <p className="break-words text-muted">
        {worst && <Badge tone={severityTone[worst]}>{worst}</Badge>} {unfinished}
      </p>
      {reach[0] !== "good" && <p className="break-words text-muted">{visible(said)}</p>}
    </li>
  );
}
