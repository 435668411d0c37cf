import { AskBox } from "@/features/incidents/AskBox";
import { IncidentList } from "@/features/incidents/IncidentList";
import { Clusters } from "@/features/incidents/Clusters";
import { Waiting } from "@/features/incidents/Waiting";
import { NearlyUp } from "@/features/mitigations/NearlyUp";
import { AgentHealth } from "@/features/platform/AgentHealth";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl items-start gap-4 p-4 lg:grid-cols-[minmax(0,1fr)_20rem] lg:grid-rows-[auto_1fr]">
      <h1 className="sr-only">Incidents</h1>
      <div className="flex min-w-0 flex-col gap-4 lg:col-start-2">
        <Waiting />
        <NearlyUp />
      </div>
      <div className="min-w-0 lg:col-start-1 lg:row-span-2 lg:row-start-1">
        <IncidentList />
      </div>
      <div className="flex min-w-0 flex-col gap-4 lg:col-start-2">
        <Clusters />
        <AgentHealth />
        <AskBox />
      </div>
    </main>
  );
}
