/** The law as people read it, why it said what it said, and what another would have said; pure. */
import type { components } from "@/lib/api/schema";
import type { Tone } from "@/components/ui/card";

export type Policies = components["schemas"]["Policies"];
export type Rule = components["schemas"]["RuleView"];
export type Terms = components["schemas"]["TermsView"];
export type IncidentPolicy = components["schemas"]["IncidentPolicy"];
export type StepPolicy = components["schemas"]["StepPolicy"];
export type Heard = components["schemas"]["Heard"];
export type Simulation = components["schemas"]["Simulation"];
export type Verdict = components["schemas"]["Verdict"];

const VERDICTS: Readonly<Record<Verdict, readonly [Tone, string]>> = {
  allowed: ["good", "allowed"],
  needs_approval: ["warn", "needs approval"],
  denied: ["bad", "denied"],
};

export function verdictOf(verdict: Verdict): readonly [Tone, string] {
  return VERDICTS[verdict];
}

/** `policies.yaml:12`: the last part of the path is enough to find it. */
export function placeOf({ file, line }: { file: string; line: number }): string {
  return file ? `${file.split("/").at(-1) ?? file}:${line}` : "the law's own ground";
}

export function rulesAbout(rules: readonly Rule[], words: string): Rule[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rules.filter((rule) => {
    const text = `${rule.id} ${rule.when} ${rule.reason} ${verdictOf(rule.verdict)[1]} ${placeOf(rule)}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** Who must say yes: `2 different people of role approver or admin, good for 60 min`. */
export function termsSentence(terms: Terms): string {
  const roles = terms.roles.join(" or ");
  const who = terms.people === 1 ? `one ${roles}` : `${terms.people} different people of role ${roles}`;
  const own = terms.self_approval ? "" : ", none of whom asked for it";
  return `${who}${own}; a yes stands ${Math.round(terms.expires_seconds / 60)} min`;
}

/** The clauses that said yes first; then those that could not answer; the rest is folded away. */
export function heardInOrder(clauses: readonly Heard[]): { telling: Heard[]; rest: Heard[] } {
  const telling = [...clauses.filter((each) => each.answer === "yes"), ...clauses.filter((each) => each.answer === "no_answer")];
  return { telling, rest: clauses.filter((each) => each.answer === "no" || each.answer === "not_about") };
}

/** What the pasted law would have changed, in one sentence. */
export function simulationSentence(found: Simulation): string {
  if (found.plans === 0) return "No past plan is on file to try it against: a lab fault or the next incident makes one.";
  const unjudged = found.unjudged > 0 ? ` ${found.unjudged} could not be judged again: their facts were not kept.` : "";
  const changed = found.changes.length;
  if (changed === 0) return `Of ${found.plans} past plans, none would have gone another way.${unjudged}`;
  return `Of ${found.plans} past plans, ${changed} would have gone another way: ${found.stricter} stricter, ${found.looser} looser.${unjudged}`;
}
