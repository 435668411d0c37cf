/** The list of incidents as a person reads it: what to ask the API for, and how each row looks; pure. */
import type { Incident, Severity, Status } from "@/lib/api/types";
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

function worstOf(incidents: readonly Incident[]): Severity {
  return SEVERITIES.find((each) => incidents.some(({ severity }) => severity === each)) ?? "info";
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

export interface ClusterCount {
  cluster: string;
  href: string;
  open: number;
  worst: Severity;
}

/** How each cluster is, told by what is unfinished in it. */
export function clustersOf(unfinished: readonly Incident[]): ClusterCount[] {
  const groups = new Map<string, Incident[]>();
  for (const each of unfinished) groups.set(each.cluster, [...(groups.get(each.cluster) ?? []), each]);
  return [...groups].map(([cluster, incidents]) => ({
    cluster: cluster || "without a name",
    href: `/clusters/${encodeURIComponent(cluster || NO_CLUSTER)}`,
    open: incidents.length,
    worst: worstOf(incidents),
  }));
}

/** The row that j or k leads to. */
export function moved(chosen: number, by: number, count: number): number {
  return count === 0 ? -1 : Math.min(Math.max(chosen + by, 0), count - 1);
}
