"use client";

import type { Hypothesis, JournalEntry } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card, type Tone } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";
import { Spark } from "@/components/ui/spark";
import { visible } from "@/features/journal/look";
import { entity, percent, spaced } from "@/lib/words";
import { causalChain, confidenceOverTime, engineOf, layerStates, LAYERS, nameOf, type Turn } from "./view";

interface Props {
  incident: string;
  entries: readonly JournalEntry[];
  onEvidence(id: string, words?: string): void;
}

/** What it may be, how sure that is, and what speaks for and against it. */
export function Hypotheses({ incident, entries, onEvidence }: Props) {
  const found = useRead<{ items: Hypothesis[] }>(["hypotheses", incident], `/api/v1/incidents/${encodeURIComponent(incident)}/hypotheses`);
  const courses = confidenceOverTime(entries);
  const chain = causalChain(entries);
  const engine = engineOf(entries);
  return (
    <Card id="why" title="Why" aside={<Layers states={layerStates(entries)} />}>
      <Loaded of={found} what="hypotheses">
        {({ items }) =>
          items.length === 0 ? (
            <Notice kind="empty" title="No hypothesis yet">
              The specialists are still looking; the first ranking follows their findings.
            </Notice>
          ) : (
            <ol>
              {items.map((each) => (
                <Row key={nameOf(each.cause, each.entity)} of={each} course={courses.get(nameOf(each.cause, each.entity)) ?? []} onEvidence={onEvidence} />
              ))}
            </ol>
          )
        }
      </Loaded>
      {chain.length > 0 && (
        <ol aria-label="Causal chain" className="border-t border-line p-4 text-sm">
          {chain.map((link, at) => (
            <li key={at} className="py-0.5 break-words">
              <Badge>{link.role}</Badge> {visible(link.text)}
            </li>
          ))}
        </ol>
      )}
      {engine && <p className="border-t border-line px-4 py-2 text-sm break-words text-muted">{visible(engine)}</p>}
    </Card>
  );
}

const STATES: Readonly<Record<string, Tone>> = { healthy: "good", faulty: "bad", suspect: "warn" };

/** The four layers from the ground up, each with its state once a diagnosis was made. */
function Layers({ states }: { states: Readonly<Record<string, string>> }) {
  return (
    <ul aria-label="Layers" className="flex flex-wrap gap-1">
      {LAYERS.map((layer) => (
        <li key={layer}>
          <Badge tone={STATES[states[layer] ?? ""] ?? "calm"}>
            {spaced(layer)}: {spaced(states[layer] ?? "not looked at yet")}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

function Row({ of: each, course, onEvidence }: { of: Hypothesis; course: readonly Turn[]; onEvidence: Props["onEvidence"] }) {
  return (
    <li className="border-b border-line p-4 last:border-b-0">
      <details open={each.rank === 1}>
        <summary className="cursor-pointer">
          <span className="inline-flex w-[calc(100%-1.5rem)] flex-wrap items-center gap-2 align-top">
            <meter min={0} max={1} value={each.confidence} aria-label={`confidence ${percent(each.confidence)}`} className="w-20" />
            <strong className="text-sm">{percent(each.confidence)}</strong>
            <Spark values={course.map((turn) => turn.confidence)} label="confidence at each ranking" floor={0} ceiling={1} />
            <span className={`min-w-0 font-medium break-words ${each.ruled_out_by ? "line-through" : ""}`}>
              {each.cause} of {entity(each.entity)}
            </span>
          </span>
        </summary>
        <p className="mt-2 text-sm break-words">{visible(each.statement)}</p>
        {each.ruled_out_by && <p className="text-sm text-muted">Ruled out: {visible(each.ruled_out_by)}</p>}
        {each.discriminating_test && <p className="text-sm text-muted">What would tell: {visible(each.discriminating_test)}</p>}
        <ul className="mt-2 flex flex-col gap-1">
          {each.evidence.map((quote, at) => (
            <li key={at} className="text-sm break-words">
              <Badge tone={quote.supports ? "good" : "bad"}>{quote.supports ? "for" : "against"}</Badge>{" "}
              <button type="button" className="text-accent underline" onClick={() => onEvidence(quote.id, quote.excerpt)}>
                {quote.id}
              </button>{" "}
              <q className="text-muted">{visible(quote.excerpt)}</q>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}
