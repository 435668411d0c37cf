"use client";

import type { JournalEntry } from "@/lib/api/types";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Notice } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { clock, moment } from "@/lib/words";
import { LANES, momentsOf, near, placeOf, type Lane, type Moment } from "./view";

const TONES: Readonly<Record<Lane, Tone>> = { change: "warn", symptom: "bad", agent: "accent" };
const COLOURS: Readonly<Record<Lane, string>> = { change: "var(--warn)", symptom: "var(--bad)", agent: "var(--accent)" };

interface Props {
  entries: readonly JournalEntry[];
  onEvidence(id: string, words?: string): void;
}

/** Changes, symptoms and deeds on one axis of time. */
export function Timeline({ entries, onEvidence }: Props) {
  const opened = Date.parse(entries[0]?.at ?? "");
  const { shown, earlier } = near(momentsOf(entries), opened);
  return (
    <Card id="timeline" title="Timeline">
      {shown.length === 0 ? (
        <Notice kind="empty" title="Nothing on the axis yet">Changes, symptoms and deeds appear as the agent finds or does them.</Notice>
      ) : (
        <div className="p-4">
          <Axis moments={shown} />
          <ol className="mt-3 flex flex-col gap-1 text-sm">
            {shown.map((each, at) => (
              <Row key={at} of={each} onEvidence={onEvidence} />
            ))}
          </ol>
          {earlier.length > 0 && (
            <details className="mt-2 text-sm text-muted">
              <summary className="cursor-pointer">{earlier.length} long before</summary>
              <ol>
                {earlier.map((each, at) => (
                  <li key={at} className="break-words">
                    {moment(new Date(each.at).toISOString())} {visible(each.text)}
                  </li>
                ))}
              </ol>
            </details>
          )}
        </div>
      )}
    </Card>
  );
}

function Axis({ moments }: { moments: readonly Moment[] }) {
  return (
    <svg role="img" aria-label="When each happened, changes above symptoms above deeds; the list below says it in words" className="h-14 w-full overflow-visible">
      {LANES.map((lane, row) => (
        <g key={lane}>
          <line x1="0%" x2="100%" y1={10 + row * 18} y2={10 + row * 18} stroke="var(--line)" />
          {moments
            .filter((each) => each.lane === lane)
            .map((each, at) => (
              <circle key={at} cx={`${placeOf(each.at, moments)}%`} cy={10 + row * 18} r={5} fill={COLOURS[lane]}>
                <title>{`${clock(new Date(each.at).toISOString())} ${visible(each.text)}`}</title>
              </circle>
            ))}
        </g>
      ))}
    </svg>
  );
}

function Row({ of: each, onEvidence }: { of: Moment; onEvidence: Props["onEvidence"] }) {
  return (
    <li className="grid grid-cols-[4.5rem_5.5rem_minmax(0,1fr)] gap-2">
      <time className="text-muted">{clock(new Date(each.at).toISOString())}</time>
      <span>
        <Badge tone={TONES[each.lane]}>{each.lane}</Badge>
      </span>
      <span className="break-words">
        {visible(each.text)}{" "}
        {each.evidence && (
          <button type="button" className="text-accent underline" onClick={() => onEvidence(each.evidence)}>
            {each.evidence}
          </button>
        )}
      </span>
    </li>
  );
}
