import type { PlanView, Step } from "@/lib/api/types";
import { Badge, type Tone } from "@/components/ui/card";
import { visible } from "@/features/journal/look";
import { entity, spaced } from "@/lib/words";
import { blastOf, inputWords, speaks } from "./blast";
import { diffLines } from "./view";

type Judgement = NonNullable<PlanView["ruling"]>["judgements"][number];
type Record_ = PlanView["steps"][number];

const RISK: Readonly<Record<Step["risk"], Tone>> = { low: "good", medium: "warn", high: "bad" };
const STATE: Readonly<Record<Record_["state"], Tone>> = {
  intended: "accent",
  done: "good",
  failed: "bad",
  uncertain: "bad",
  undoing: "warn",
  undone: "warn",
  restoring: "warn",
  restored: "good",
};
const DIFF = { head: "text-muted", added: "text-good", removed: "text-bad", kept: "" } as const;

interface Props {
  step: Step;
  judgement: Judgement | undefined;
  record: Record_ | undefined;
}

export function StepCard({ step, judgement, record }: Props) {
  return (
    <li className="rounded border border-line p-3 text-sm break-words">
      <p className="flex flex-wrap items-center gap-2">
        <strong>
          {step.index + 1}. {visible(step.statement)}
        </strong>
        <Badge tone={RISK[step.risk]}>{step.risk} risk</Badge>
        {record && <Badge tone={STATE[record.state]}>{record.state}</Badge>}
      </p>
      <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
        <dt className="text-muted">Target</dt>
        <dd>{entity(step.target)}</dd>
        {judgement && (
          <>
            <dt className="text-muted">Law</dt>
            <dd>
              {spaced(judgement.verdict)} by rule <code>{judgement.rule}</code>: {visible(judgement.sentence)}
              {judgement.autonomy_by && ` The service is on ${judgement.autonomy}, by ${visible(judgement.autonomy_by)}.`}
            </dd>
          </>
        )}
        <dt className="text-muted">Can hurt</dt>
        <dd>{visible(blastOf(step).join("; "))}</dd>
        <dt className="text-muted">Undo</dt>
        <dd>{visible(step.undo.statement)}</dd>
        <dt className="text-muted">Proved by</dt>
        <dd>{step.verified_by.map(visible).join("; ") || "nothing"}</dd>
        <dt className="text-muted">Call</dt>
        <dd>
          {step.call ? (
            <details>
              <summary className="cursor-pointer">
                <code>{visible(`${step.call.server}.${step.call.tool}`)}</code>
              </summary>
              <pre tabIndex={0} aria-label="Arguments of the call" className="max-h-96 overflow-auto">{visible(JSON.stringify(step.call.arguments, null, 1))}</pre>
            </details>
          ) : (
            "by hand"
          )}
        </dd>
        {judgement && judgement.inputs.length > 0 && (
          <>
            <dt className="text-muted">Looked at</dt>
            <dd>
              {judgement.inputs.filter(speaks).map((each) => (
                <p key={each.name}>{visible(inputWords(each))}</p>
              ))}
              <details>
                <summary className="cursor-pointer">{judgement.inputs.filter((each) => !speaks(each)).length} that do not speak against it</summary>
                {judgement.inputs
                  .filter((each) => !speaks(each))
                  .map((each) => (
                    <p key={each.name}>{visible(inputWords(each))}</p>
                  ))}
              </details>
            </dd>
          </>
        )}
      </dl>
      {step.warnings.map((each) => (
        <p key={each} className="mt-1 text-warn">
          Warning: {visible(each)}
        </p>
      ))}
      {record?.error && <p className="mt-1 text-bad">{visible(record.error)}</p>}
      {step.diff && (
        <pre aria-label="What it changes" tabIndex={0} className="mt-2 max-h-96 overflow-auto rounded border border-line bg-ground p-2">
          {diffLines(step.diff).map((line, at) => (
            <span key={at} className={`block ${DIFF[line.is]}`}>
              {visible(line.text) || " "}
            </span>
          ))}
        </pre>
      )}
    </li>
  );
}
