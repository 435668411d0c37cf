import { Explain } from "@/features/policies/Explain";
import { Law } from "@/features/policies/Law";
import { Simulate } from "@/features/policies/Simulate";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl gap-4 p-4">
      <h1 className="text-lg font-semibold">Policies</h1>
      <Law />
      <Explain />
      <Simulate />
    </main>
  );
}
