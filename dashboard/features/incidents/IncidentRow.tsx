import type { Incident } from "@/lib/api/types";
import { Badge } from "@/components/ui/card";
import { ago, entity, moment, percent, spaced } from "@/lib/words";
import { visible } from "@/features/journal/look";
import { roomOfId } from "./folding";
import { roomOf, severityTone, statusTone } from "./view";

interface Props {
  incident: Incident;
  now: number;
  at: number;
  chosen: boolean;
  /** Those that turned out to be this one. */
  joined: readonly Incident[];
}

export function IncidentRow({ incident, now, at, chosen, joined }: Props) {
  return (
    <li data-row={at} className={`border-b border-line px-4 py-2 last:border-b-0 hover:bg-raised ${chosen ? "bg-raised" : ""}`}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Badge tone={severityTone[incident.severity]}>{incident.severity}</Badge>
        <a href={roomOf(incident)} className="min-w-0 grow font-medium break-words no-underline hover:underline">
          {visible(incident.title)}
        </a>
        <Badge tone={statusTone[incident.status]}>{spaced(incident.outcome ?? incident.status)}</Badge>
        <time dateTime={incident.opened_at} title={moment(incident.opened_at)} className="w-16 text-right text-sm text-muted">
          {ago(incident.opened_at, now)}
        </time>
      </div>
      {incident.cause && (
        <p className="text-sm text-muted">
          {incident.cause} of {entity(incident.cause_entity)}
          {incident.confidence !== null && `, ${percent(incident.confidence)}`}
        </p>
      )}
      {incident.summary && !incident.merged_into && <p className="line-clamp-2 text-sm break-words">{visible(incident.summary)}</p>}
      {incident.merged_into && (
        <p className="text-sm">
          Joined <a href={roomOfId(incident.merged_into)}>{incident.merged_into}</a>: it is followed there.
        </p>
      )}
      {joined.length > 0 && (
        <details className="mt-1 text-sm">
          <summary className="cursor-pointer text-muted">{joined.length === 1 ? "one other joined it" : `${joined.length} others joined it`}: the same root cause</summary>
          <ul className="ml-4 border-l border-line pl-3">
            {joined.map((each) => (
              <li key={each.id} className="break-words">
                <a href={roomOf(each)}>{visible(each.title)}</a> <span className="text-muted">{ago(each.opened_at, now)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
