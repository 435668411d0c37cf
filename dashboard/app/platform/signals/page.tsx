import { AgentSignals } from "@/features/own/Signals";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl gap-4 p-4">
      <h1 className="text-lg font-semibold">The agent&apos;s own signals</h1>
      <AgentSignals />
    </main>
  );
}
