"use client";

import { IncidentList } from "@/features/incidents/IncidentList";
import { visible } from "@/lib/words";
import { useAddress, usePathName } from "@/lib/address";
import { IncidentCommandCenter } from "./IncidentCommandCenter";

/** One incident of a cluster, where the address names one; else all of the cluster's incidents. */
export function WarRoom() {
  const cluster = usePathName();
  const [address] = useAddress();
  const incident = address.get("incident");
  if (incident) return <IncidentCommandCenter key={incident} incident={incident} />;
  const named = cluster === "_" ? "" : cluster;
  return (
    <main className="mx-auto max-w-7xl p-4">
      <h1 className="mb-3 text-lg font-semibold break-words">{named ? `Cluster ${visible(named)}` : "All clusters"}</h1>
      <IncidentList cluster={named} />
    </main>
  );
}
