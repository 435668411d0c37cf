import { Runs } from "@/features/runs/Runs";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl gap-4 p-4">
      <Runs />
    </main>
  );
}
