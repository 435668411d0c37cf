"use client";

import dynamic from "next/dynamic";
import type { Topology } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Late } from "@/components/ui/late";
import { Loaded, Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { loudestFirst, pathInWords, SIGNS, told, type Condition } from "./view";

const Graph = dynamic(() => import("./Graph"), { ssr: false, loading: () => <Notice kind="loading" title="Loading the map …" /> });

const TONES: Readonly<Record<Condition, Tone>> = { blamed: "bad", ill: "warn", well: "good", unknown: "calm" };

interface Props {
  incident: string;
  /** Which diagnosis it is drawn of: a later one makes it anew. */
  diagnosis: number;
}

/** Who needs whom, how each of them is, and the way from what fails to what is blamed. */
export function TopologyCard({ incident, diagnosis }: Props) {
  return (
    <Card id="topology" title="Topology" aside={<Legend />}>
      <Late tall="24rem">{() => <Map incident={incident} diagnosis={diagnosis} />}</Late>
    </Card>
  );
}

function Legend() {
  return (
    <ul aria-label="Legend" className="flex flex-wrap gap-1">
      {(Object.keys(SIGNS) as Condition[]).map((each) => (
        <li key={each}>
          <Badge tone={TONES[each]}>
            {SIGNS[each][0]} {SIGNS[each][1]}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

function Map({ incident, diagnosis }: Props) {
  const found = useRead<Topology>(["topology", incident, diagnosis], `/api/v1/incidents/${encodeURIComponent(incident)}/topology`, { keep: true });
  return (
    <Loaded of={found} what="the map">
      {(map) =>
        map.spots.length === 0 ? (
          <Notice kind="empty" title="Nothing was seen yet">
            The map is drawn from what the Kubernetes specialist has read of the namespace.
          </Notice>
        ) : (
          <>
            <Graph map={map} />
            <Words of={map} />
          </>
        )
      }
    </Loaded>
  );
}

/** The same map for those who read it instead. */
function Words({ of: map }: { of: Topology }) {
  const path = pathInWords(map);
  return (
    <div className="border-t border-line px-4 py-2 text-sm">
      {path && (
        <p>
          <strong>Path of blame:</strong> {visible(path)}
        </p>
      )}
      <details>
        <summary className="cursor-pointer">The map in words</summary>
        <ul className="list-disc pl-5">
          {loudestFirst(map.spots).map((spot) => (
            <li key={spot.id} className="break-words">
              {visible(told(spot, map))}
            </li>
          ))}
        </ul>
      </details>
      {map.left_out > 0 && <p className="text-muted">{map.left_out} more objects are not drawn; nothing was seen to be wrong with them.</p>}
    </div>
  );
}
