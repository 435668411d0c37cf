"use client";

import type { SimilarIncidents } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Late } from "@/components/ui/late";
import { Loaded, Notice } from "@/components/ui/states";
import { roomOf, statusTone } from "@/features/incidents/view";
import { visible } from "@/features/journal/look";
import { moment, percent, spaced } from "@/lib/words";
import { endedAs, helpedBy } from "./view";

interface Props {
  incident: string;
  diagnosis: number;
}

/** What was like this before, in what, and what helped then. */
export function SimilarCard(props: Props) {
  return (
    <Card id="similar" title="Similar past incidents">
      <Late>{() => <Found {...props} />}</Late>
    </Card>
  );
}

function Found({ incident, diagnosis }: Props) {
  const found = useRead<SimilarIncidents>(["similar", incident, diagnosis], `/api/v1/incidents/${encodeURIComponent(incident)}/similar`, { keep: true });
  return (
    <Loaded of={found} what="similar incidents">
      {({ items }) =>
        items.length === 0 ? (
          <Notice kind="empty" title="None is like it">
            Of the last 200 before it, none shares its cause, its object or its alerts.
          </Notice>
        ) : (
          <ul>
            {items.map((each) => (
              <li key={each.incident.id} className="border-b border-line px-4 py-2 text-sm break-words last:border-b-0">
                <p>
                  <Badge tone="accent">{percent(each.score)} alike</Badge> <Badge tone={statusTone[each.incident.status]}>{spaced(endedAs(each.incident))}</Badge>{" "}
                  <a href={roomOf(each.incident)}>{visible(each.incident.title)}</a> <span className="text-muted">{moment(each.incident.opened_at)}</span>
                </p>
                <p className="text-muted">{visible(each.because.join("; "))}</p>
                {helpedBy(each) && <p>{visible(helpedBy(each))}</p>}
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
