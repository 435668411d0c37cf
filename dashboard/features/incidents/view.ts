/** The list of incidents as a person reads it: what to ask the API for, and how each row looks; pure. */
import type { ClusterHealth, Incident, Severity, Status } from "@/lib/api/types";
import { ago } from "@/lib/words";
import type { Tone } from "@/components/ui/card";

export const UNFINISHED: readonly Status[] = ["open", "investigating", "awaiting_approval", "remediating", "verifying"];
export const PAGE_SIZE = 50;
const SEVERITIES: readonly Severity[] = ["critical", "high", "warning", "info"];
const NO_CLUSTER = "_";

/** Days back from the end of today (UTC) between which it was opened. */
const OPENED = { today: [1, 0], week: [7, 0], before: [14, 7], month: [30, 0] } as const;
type Opened = keyof typeof OPENED;
const DAY_MS = 86_400_000;

/** The order of the whole list, as the address says it and as the API does. */
const ORDERS = { newest: "newest", severity: "worst", oldest: "oldest" } as const;
type Sort = keyof typeof ORDERS;

export interface Filter {
  show: "unfinished" | "waiting" | "finished" | "all";
  severity: string;
  cluster: string;
  text: string;
  opened: Opened | "";
  page: number;
  sort: Sort;
}

export function filterOf(address: URLSearchParams): Filter {
  const show = address.get("show");
  const page = Number(address.get("page"));
  const opened = address.get("opened") ?? "";
  const sort = address.get("sort") ?? "";
  return {
    show: show === "unfinished" || show === "waiting" || show === "finished" ? show : "all",
    severity: SEVERITIES.find((each) => each === address.get("severity")) ?? "",
    cluster: address.get("cluster") ?? "",
    text: address.get("text") ?? "",
    opened: Object.hasOwn(OPENED, opened) ? (opened as Opened) : "",
    page: Number.isInteger(page) && page > 0 ? page : 1,
    sort: Object.hasOwn(ORDERS, sort) ? (sort as Sort) : "newest",
  };
}

const SHOWN: Readonly<Record<Filter["show"], readonly Status[]>> = {
  all: [],
  unfinished: UNFINISHED,
  waiting: ["awaiting_approval"],
  finished: ["resolved", "escalated", "closed"],
};

/** The API's address for what the filter wants; `now` in ms, of which the day counts. */
export function addressOf(filter: Filter, now: number): string {
  const query = new URLSearchParams({ page: String(filter.page), size: String(PAGE_SIZE) });
  if (filter.sort !== "newest") query.set("order", ORDERS[filter.sort]);
  for (const status of SHOWN[filter.show]) query.append("status", status);
  if (filter.severity) query.set("severity", filter.severity);
  if (filter.cluster) query.set("cluster", filter.cluster);
  if (filter.text) query.set("text", filter.text.slice(0, 200));
  if (filter.opened) {
    const [from, until] = OPENED[filter.opened];
    const tonight = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
    query.set("opened_after", new Date(tonight - from * DAY_MS).toISOString());
    if (until > 0) query.set("opened_before", new Date(tonight - until * DAY_MS).toISOString());
  }
  return `/api/v1/incidents?${query}`;
}

export function roomOf(incident: Pick<Incident, "id" | "cluster">): string {
  return `/clusters/${encodeURIComponent(incident.cluster || NO_CLUSTER)}?incident=${encodeURIComponent(incident.id)}`;
}

export const severityTone: Readonly<Record<Severity, Tone>> = { critical: "bad", high: "bad", warning: "warn", info: "calm" };

export const statusTone: Readonly<Record<Status, Tone>> = {
  open: "accent",
  investigating: "accent",
  awaiting_approval: "warn",
  remediating: "accent",
  verifying: "accent",
  resolved: "good",
  escalated: "bad",
  closed: "calm",
};

export interface ClusterLine {
  cluster: string;
  href: string;
  unfinished: string;
  worst: Severity | null;
  reach: readonly [tone: Tone, words: string];
  said: string;
}

/** One cluster as a line: whether the agent can look into it, and what is unfinished there. */
export function clusterLine(of: ClusterHealth, now: number): ClusterLine {
  return {
    cluster: of.cluster,
    // what names no cluster is only in the list of all
    href: `/clusters/${of.unnamed ? NO_CLUSTER : encodeURIComponent(of.cluster)}`,
    unfinished: unfinishedWords(of, now),
    worst: of.worst,
    reach: of.reached === null ? ["calm", "only alerts"] : of.reached ? ["good", "reached"] : ["bad", "not reached"],
    said: of.said,
  };
}

function unfinishedWords({ unfinished, waiting, oldest }: ClusterHealth, now: number): string {
  if (unfinished === 0 || oldest === null) return "nothing unfinished";
  return `${unfinished} unfinished${waiting > 0 ? `, ${waiting} waiting for an answer` : ""}, the oldest for ${ago(oldest, now)}`;
}

/** The row that j or k leads to. */
export function moved(chosen: number, by: number, count: number): number {
  return count === 0 ? -1 : Math.min(Math.max(chosen + by, 0), count - 1);
}
