import { Setup } from "@/features/setup/Setup";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-4xl gap-4 p-4">
      <h1 className="text-lg font-semibold">First run</h1>
      <Setup />
    </main>
  );
}
