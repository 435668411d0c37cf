import type { Incident } from "@/lib/api/types";
import { Badge } from "@/components/ui/card";
import { ago, entity, moment, percent, spaced } from "@/lib/words";
import { severityTone, statusTone } from "./view";

interface Props {
  incident: Incident;
  now: number;
  at: number;
  chosen: boolean;
  href: string;
}

export function IncidentRow({ incident, now, at, chosen, href }: Props) {
  return (
    <li data-row={at} className={`border-b border-line px-4 py-2 last:border-b-0 hover:bg-raised ${chosen ? "bg-raised" : ""}`}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Badge tone={severityTone[incident.severity]}>{incident.severity}</Badge>
        <a href={href} className="min-w-0 grow font-medium break-words no-underline hover:underline">
          {incident.title}
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
    </li>
  );
}
