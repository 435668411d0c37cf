"use client";

import { useSend } from "@/lib/api/useSend";
import { Button } from "@/components/ui/button";
import { Badge } from "@/components/ui/card";
import { visible } from "@/features/journal/look";
import { entity, percent } from "@/lib/words";
import { markOfSuggestion, tookOf, type Counselled, type Judged, type ModelReplayView } from "./view";

/** What a language model of today would suggest for this incident, beside what the rules say. */
export function AskModel({ incident }: { incident: string }) {
  const ask = useSend<ModelReplayView>(() => ({ path: `/api/v1/incidents/${encodeURIComponent(incident)}/replay/model` }));
  return (
    <section aria-label="With a language model" className="border-t border-line p-4 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <p className="grow text-muted">With a language model: what would it suggest, given what was seen then? The rules decide all the same.</p>
        <Button disabled={ask.isPending} onClick={() => ask.mutate()}>
          {ask.isPending ? "Asking …" : "Ask the model"}
        </Button>
      </div>
      <div aria-live="polite">
        {ask.error && <p className="text-bad">{visible(ask.error.message)}</p>}
        {ask.data && (ask.data.told ? <Told of={ask.data.told} model={ask.data.model} /> : <p className="mt-2 break-words">No model answers. {visible(ask.data.said)}</p>)}
      </div>
    </section>
  );
}

function Told({ of: told, model }: { of: Counselled; model: string }) {
  return (
    <div className="mt-2 grid gap-1 break-words">
      <p>{told.failed ? `${visible(model)} gave no answer: ${visible(told.failed)}` : visible(told.difference)}</p>
      <ul aria-label="What the model suggests" className="grid gap-1">
        {told.suggested.map((one) => (
          <Suggested key={`${one.suggestion.cause} ${entity(one.suggestion.entity)}`} of={one} />
        ))}
      </ul>
      {told.would_ask.length > 0 && <p>It would ask: {told.would_ask.map(visible).join(" ")}</p>}
      {told.refused.length > 0 && <p className="text-muted">Refused of its answer: {told.refused.map(visible).join("; ")}.</p>}
      <p className="text-muted">
        {visible(model)}, {tookOf(told)}.
      </p>
    </div>
  );
}

function Suggested({ of: one }: { of: Judged }) {
  const [tone, word] = markOfSuggestion(one);
  return (
    <li>
      <Badge tone={tone}>{word}</Badge> {one.suggestion.cause} of {entity(one.suggestion.entity)}
      {one.belief !== null && `, which the rules believe to ${percent(one.belief)}`}: {visible(one.suggestion.why)}{" "}
      <span className="text-muted">[{one.suggestion.evidence.map(visible).join(", ")}]</span>
    </li>
  );
}
