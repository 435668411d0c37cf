import { Accounts } from "@/features/accounts/Accounts";
import { Roles } from "@/features/accounts/Roles";

export default function Page() {
  return (
    <main className="mx-auto grid max-w-7xl items-start gap-4 p-4 lg:grid-cols-[3fr_2fr]">
      <h1 className="text-lg font-semibold lg:col-span-2">Users and tokens</h1>
      <Accounts />
      <Roles />
    </main>
  );
}
