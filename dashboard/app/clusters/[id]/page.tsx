import { WarRoom } from "@/components/dashboard/WarRoom";

/** Names of clusters are not known when the files are built: this one page is served for all, and reads its address. */
export function generateStaticParams() {
  return [{ id: "_" }];
}

export default function Page() {
  return <WarRoom />;
}
