import type { Incident, JournalEntry } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { visible } from "@/features/journal/look";
import { spaced } from "@/lib/words";
import { joinersOf, roomOfId } from "./folding";
import { roomOf } from "./view";

/** At the top of an incident that joined another: where it is mended, and how that stands. */
export function JoinedNotice({ leader: id }: { leader: string }) {
  const found = useRead<Incident>(["incident", id], `/api/v1/incidents/${encodeURIComponent(id)}`, { everyMs: 15_000 });
  const leader = found.data;
  return (
    <div role="note" aria-label="Joined another incident" className="mb-3 rounded border border-accent p-3">
      <p>
        <strong>
          This incident joined <a href={leader ? roomOf(leader) : roomOfId(id)}>{leader ? visible(leader.title) : id}</a>; follow it there.
        </strong>
      </p>
      <p className="mt-1 text-sm text-muted">
        Both have one root cause, so one plan mends both: nothing is asked or done here.
        {leader && ` There it is ${spaced(leader.outcome ?? leader.status)}.`} <code>{id}</code>
      </p>
    </div>
  );
}

/** On the incident that leads: who joined it. */
export function Joiners({ entries }: { entries: readonly JournalEntry[] }) {
  const joiners = joinersOf(entries);
  if (joiners.length === 0) return null;
  return (
    <details className="mt-2 text-sm">
      <summary className="cursor-pointer">
        {joiners.length === 1 ? "One other incident has" : `${joiners.length} other incidents have`} the same root cause and joined this one
      </summary>
      <ul className="list-disc pl-5">
        {joiners.map((each) => (
          <li key={each.id} className="break-words">
            <a href={roomOfId(each.id)}>{each.id}</a> {visible(each.said.replace(each.id, "").trim())}
          </li>
        ))}
      </ul>
    </details>
  );
}
