import { LeftAlone } from "@/features/platform/LeftAlone";
import { OwnSignals } from "@/features/platform/OwnSignals";
import { Readiness } from "@/features/platform/Readiness";
import { Servers } from "@/features/platform/Servers";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl items-start gap-4 p-4 lg:grid-cols-2">
      <h1 className="sr-only">Platform</h1>
      <Readiness />
      <Servers />
      <LeftAlone />
      <OwnSignals />
    </main>
  );
}
