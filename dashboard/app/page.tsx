import { AskBox } from "@/features/incidents/AskBox";
import { IncidentList } from "@/features/incidents/IncidentList";
import { Clusters, Waiting } from "@/features/incidents/Waiting";
import { NearlyUp } from "@/features/mitigations/NearlyUp";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl items-start gap-4 p-4 lg:grid-cols-[1fr_20rem]">
      <h1 className="sr-only">Incidents</h1>
      <div className="flex min-w-0 flex-col gap-4 lg:order-2">
        <Waiting />
        <NearlyUp />
        <Clusters />
        <AskBox />
      </div>
      <IncidentList />
    </main>
  );
}
