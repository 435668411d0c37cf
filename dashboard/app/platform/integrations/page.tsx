import { Integrations } from "@/features/integrations/Integrations";
import { Channels } from "@/features/notifications/Channels";
import { Servers } from "@/features/platform/Servers";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl items-start gap-4 p-4 lg:grid-cols-[3fr_2fr]">
      <h1 className="text-lg font-semibold lg:col-span-2">Integrations</h1>
      <Integrations />
      <div className="grid gap-4">
        <Channels />
        <Servers />
      </div>
    </main>
  );
}
