"use client";

import type { LogSignature, LogSignatures } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Late } from "@/components/ui/late";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { clock, entity } from "@/lib/words";
import { counted, COURSES, partsOf, summary } from "./view";

interface Props {
  incident: string;
  diagnosis: number;
}

/** What programs complain of, grouped: the new and the surging first. */
export function SignaturesCard(props: Props) {
  return (
    <Card id="logs" title="Log signatures">
      <Late>{() => <Found {...props} />}</Late>
    </Card>
  );
}

function Found({ incident, diagnosis }: Props) {
  const found = useRead<LogSignatures>(["signatures", incident, diagnosis], `/api/v1/incidents/${encodeURIComponent(incident)}/signatures`, { keep: true });
  return (
    <Loaded of={found} what="log signatures">
      {(told) => (
        <>
          <p className="px-4 py-2 text-sm text-muted">{summary(told)}</p>
          <ul>
            {told.items.map((each, at) => (
              <Row key={at} of={each} />
            ))}
          </ul>
        </>
      )}
    </Loaded>
  );
}

function Row({ of: one }: { of: LogSignature }) {
  return (
    <li className="border-t border-line px-4 py-2 text-sm">
      <p>
        <Badge tone={COURSES[one.course]}>{one.course === "unknown" ? "new or not: unknown" : one.course}</Badge> <Badge tone={one.level === "fatal" ? "bad" : "calm"}>{one.level}</Badge>{" "}
        <span className="text-muted">
          {counted(one)}
          {one.workload && ` · ${visible(entity(one.workload))}`}
          {one.last_at && ` · last ${clock(one.last_at)}`}
        </span>
      </p>
      <details>
        <summary className="cursor-pointer font-mono text-[13px] break-words">
          {partsOf(one.template).map((part, at) => (part.varies ? <mark key={at} className="bg-raised text-muted">{part.text}</mark> : <span key={at}>{visible(part.text)}</span>))}
        </summary>
        <pre className="mt-1 rounded bg-ground p-2 whitespace-pre-wrap">{visible(one.sample)}</pre>
      </details>
    </li>
  );
}
