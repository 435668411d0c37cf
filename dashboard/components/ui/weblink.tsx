import { visible } from "@/features/journal/look";
import { webAddress } from "@/lib/web";

/** A way out of the platform that somebody outside has written: followed only into the web, and the host is told before. */
export function WebLink({ to, says }: { to: string; says: string }) {
  const address = webAddress(to);
  if (!address) return <span className="break-all text-muted">{`${says}: ${visible(to)}`}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {says} ({visible(new URL(address).host)})
    </a>
  );
}
