import { Audit } from "@/features/audit/Audit";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl gap-4 p-4">
      <h1 className="text-lg font-semibold">Audit log</h1>
      <Audit />
    </main>
  );
}
