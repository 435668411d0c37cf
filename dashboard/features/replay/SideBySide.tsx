import { Badge } from "@/components/ui/card";
import { Cell, Table } from "@/components/ui/table";
import { visible } from "@/features/journal/look";
import { verdictOf } from "@/features/policies/view";
import { entity, percent } from "@/lib/words";
import { changed, markOf, sideOf, type Blamed, type PlanReplay, type ReplayView, type Ruled, type StepReplay } from "./view";

/** What was decided then, and what would be decided now. */
export function SideBySide({ found }: { found: ReplayView }) {
  const { replay } = found;
  const [tone, word] = markOf(replay.comparison);
  return (
    <div className="border-t border-line text-sm">
      <p className="px-4 pt-3">
        <Badge tone={tone}>{word}</Badge> {visible(replay.said)}
      </p>
      <p className="px-4 pt-1 break-words text-muted">{visible(replay.engines)}</p>
      <Differences of={replay.differences} />
      <div className="grid gap-4 p-4 sm:grid-cols-2">
        <Side title={sideOf("Then", replay.engine_then)} of={replay.then} />
        <Side title={sideOf("Now", replay.engine_now)} of={replay.now} />
      </div>
      {replay.plans.map((plan) => (
        <Plan key={plan.plan_digest} plan={plan} />
      ))}
      <Today steps={replay.would_plan} />
      <p className="px-4 py-3 text-muted">
        Law <code>{found.law_digest.slice(0, 12)}</code>. Language model: {visible(found.model)}.
      </p>
    </div>
  );
}

function Differences({ of: found }: { of: readonly string[] }) {
  if (found.length === 0) return <p className="px-4 pt-1">Nothing in its answer differs.</p>;
  return (
    <ul aria-label="What differs in the answer" className="list-disc px-8 pt-1">
      {found.map((each) => (
        <li key={each} className="break-words">
          {visible(each)}
        </li>
      ))}
    </ul>
  );
}

function Side({ title, of: said }: { title: string; of: Blamed }) {
  return (
    <section aria-label={title} className="min-w-0 rounded border border-line p-3">
      <h3 className="mb-1 font-medium">{title}</h3>
      <p className="break-words">
        {said.cause ? (
          <>
            {said.cause} of {entity(said.entity)}
            {said.confidence !== null && `, ${percent(said.confidence)} sure`}
          </>
        ) : (
          "no cause stood"
        )}
      </p>
      <p className="break-words text-muted">{visible(said.statement)}</p>
    </section>
  );
}

function Plan({ plan }: { plan: PlanReplay }) {
  return (
    <>
      <p className="px-4 pt-2">
        Plan of attempt {plan.attempt}: then {plan.then ? verdictOf(plan.then)[1] : "not judged"}
        {plan.then_asked && ` (${plan.then_asked})`}, now{" "}
        <strong className={changed(plan.then, plan.now) ? "text-warn" : ""}>{plan.now ? verdictOf(plan.now)[1] : "not known: the facts it was judged on were not kept"}</strong>
        {plan.now_asked && ` (${plan.now_asked})`}.
      </p>
      <Steps label={`Steps of attempt ${plan.attempt} under both laws`} steps={plan.steps} />
    </>
  );
}

/** Nothing of this was planned then: only what the law would say of it. */
function Today({ steps }: { steps: readonly StepReplay[] }) {
  if (steps.length === 0) return null;
  return (
    <>
      <p className="px-4 pt-3">What would be planned today, and what the law would say:</p>
      <Table label="What would be planned today" heads={["step", "verdict"]}>
        {steps.map((step) => (
          <tr key={step.index}>
            <Cell className="min-w-48 break-words">{visible(step.statement)}</Cell>
            <Cell className="min-w-40">
              <Said of={step.now} none="it is for a person's hands" />
            </Cell>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Steps({ label, steps }: { label: string; steps: readonly StepReplay[] }) {
  return (
    <Table label={label} heads={["step", "then", "now"]}>
      {steps.map((step) => (
        <tr key={step.index}>
          <Cell className="min-w-48 break-words">{visible(step.statement)}</Cell>
          <Cell className="min-w-40">
            <Said of={step.then} none="not judged" />
          </Cell>
          <Cell className="min-w-40">
            <Said of={step.now} none="not known" />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Said({ of: ruled, none }: { of: Ruled | null; none: string }) {
  if (!ruled) return <span className="text-muted">{none}</span>;
  const [tone, word] = verdictOf(ruled.verdict);
  return (
    <>
      <Badge tone={tone}>{word}</Badge> <code>{ruled.rule}</code>: {visible(ruled.sentence)}
    </>
  );
}
