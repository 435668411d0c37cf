/** The three things that somebody who opens an incident must know first, in a sentence each; pure. */
import type { FiledAlert, Hypothesis, Incident, PlanView } from "@/lib/api/types";
import { entity, percent, spaced } from "@/lib/words";

export interface Brief {
  /** What people would notice: the alerts' own words. */
  wrong: string;
  /** The cause, as a sentence; or how far the search for it is. */
  why: string;
  /** The cause by its name, and how sure that is; empty while none stands. */
  cause: string;
  /** What is to be done, what is done, or why nothing is. */
  wants: { label: string; lines: readonly string[] };
  /** How it ended; empty while it has not. */
  ended: string;
}

const TOLD = 2;

export function briefOf(incident: Incident, alerts: readonly FiledAlert[], hypotheses: readonly Hypothesis[], plans: readonly PlanView[]): Brief {
  const likely = hypotheses.find((each) => !each.ruled_out_by);
  const newest = plans.find((each) => each.newest);
  const statement = incident.cause ? (likely?.statement ?? "") : "";
  return {
    wrong: incident.question || alertWords(alerts) || incident.title,
    why: statement || whyUnsure(incident, likely),
    cause: incident.cause ? `${incident.cause} of ${entity(incident.cause_entity)}${incident.confidence === null ? "" : `, ${percent(incident.confidence)} sure`}` : "",
    wants: wantsOf(incident, newest),
    ended: incident.closed_at === null ? "" : endOf(incident, statement, newest),
  };
}

/** Each kind of alert once, in its own words, those that still fire first. */
function alertWords(alerts: readonly FiledAlert[]): string {
  const firing = alerts.filter((each) => each.alert.status === "firing");
  const words = [...new Set([...firing, ...alerts].map(({ alert }) => alert.annotations.summary || alert.annotations.description || alert.annotations.message || alert.labels.alertname || ""))];
  const told = words.filter((each) => each !== "");
  const more = told.length - TOLD;
  return told.slice(0, TOLD).join(" ") + (more > 0 ? ` And ${more} more ${more === 1 ? "kind" : "kinds"} of alert.` : "");
}

function whyUnsure(incident: Incident, likely: Hypothesis | undefined): string {
  if (incident.cause || incident.closed_at !== null) return incident.summary || "No cause was named.";
  return likely ? `Not certain yet. Most likely so far (${percent(likely.confidence)}): ${likely.statement}` : "Not known yet: the agent is looking.";
}

function wantsOf(incident: Incident, view: PlanView | undefined): Brief["wants"] {
  const over = incident.closed_at !== null;
  if (view && isByHand(view)) return { label: "What people have to do", lines: view.plan.steps.map((step) => step.statement) };
  if (!view) return { label: over ? "What it did" : "What it wants to do", lines: [over ? "Nothing: no plan was made." : "Nothing yet: a plan is made when a cause stands."] };
  const lines = view.plan.steps.map((step) => {
    const record = view.steps.find((each) => each.index === step.index);
    return record || over ? `${step.statement} (${record ? spaced(record.state) : "not done"})` : step.statement;
  });
  const began = view.steps.length > 0;
  return { label: over ? "What it did" : began ? "What it does" : "What it wants to do", lines: lines.length > 0 ? lines : ["Nothing: no step of this plan can be done safely."] };
}

/** Nothing of it can be done safely by the agent. */
function isByHand({ plan }: PlanView): boolean {
  return plan.steps.length > 0 && plan.steps.every((step) => step.call === null);
}

/** The summary begins with the cause and, where people have to act, goes on with what to do: both were said already. */
function endOf(incident: Incident, statement: string, view: PlanView | undefined): string {
  if (view && isByHand(view)) return `${spaced(incident.outcome ?? incident.status)}: handed to people`;
  const said = incident.summary.startsWith(statement) && statement ? incident.summary.slice(statement.length).trim() : "";
  return said || spaced(incident.outcome ?? incident.status);
}
