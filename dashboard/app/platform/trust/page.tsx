import { Ladder } from "@/features/trust/Ladder";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl gap-4 p-4">
      <h1 className="text-lg font-semibold">Trust ladder</h1>
      <Ladder />
    </main>
  );
}
