/** The first run, step by step, and the receiver that Alertmanager is given; pure. */
import type { components } from "@/lib/api/schema";
import type { IntegrationList } from "@/features/integrations/view";

export type SetupFacts = components["schemas"]["SetupFacts"];
export type Trial = components["schemas"]["Trial"];

const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::", ""]);
const HERE: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Where Alertmanager reaches the webhook: the address that the API listens on, or this page's own host where that is every one. */
export function webhookUrl(facts: SetupFacts, pageHost: string): string {
  const host = EVERYWHERE.has(facts.host) ? pageHost || "localhost" : facts.host;
  return `http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${facts.port}${facts.path}`;
}

/** What an address that only this machine reaches means for an Alertmanager elsewhere; empty where it is reached from outside. */
export function caution(url: string): string {
  const host = hostOf(url);
  if (host === null) return "This is no address: it begins with http:// or https:// and ends in /webhook/alert.";
  return HERE.has(host) ? "Only this machine reaches that address. For an Alertmanager elsewhere set AGENT_HOST, or name a proxy or Service in front of it." : "";
}

function hostOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? hostname.replace(/^\[|\]$/g, "") : null;
}

/** The token lies in a file: it stands in no configuration, and in no address. */
export function receiver(url: string): string {
  return `receivers:
  - name: sre-agent
    webhook_configs:
      - url: ${JSON.stringify(url)}
        send_resolved: true
        max_alerts: 0
        http_config:
          authorization:
            type: Bearer
            credentials_file: /etc/alertmanager/sre-agent-token
route:
  routes:
    - receiver: sre-agent
      group_by: ["..."]
      group_wait: 1s
      group_interval: 1s
      repeat_interval: 4h
      continue: true
`;
}

export interface Step {
  id: "platform" | "connections" | "receiver" | "test" | "first";
  title: string;
  done: boolean;
  says: string;
}

export interface Known {
  ready: boolean | null;
  integrations: IntegrationList | null;
  facts: SetupFacts | null;
  tested: boolean;
}

/** How far the first run has come. What cannot be seen from here, the receiver itself, is done when an alert has come. */
export function stepsOf({ ready, integrations, facts, tested }: Known): Step[] {
  const used = integrations?.items.filter((each) => each.state !== "not_set_up") ?? [];
  const up = used.filter((each) => each.state === "up").length;
  const came = (facts?.alert_incidents ?? 0) > (tested ? 1 : 0);
  return [
    { id: "platform", title: "The platform is ready", done: ready === true, says: ready === null ? "asking …" : ready ? "every check is well" : "a check is not well: the overview says which" },
    { id: "connections", title: "It is connected", done: up > 0 && up === used.length, says: integrations ? `${up} of ${used.length} tool servers' connections are up` : "asking …" },
    { id: "receiver", title: "Alertmanager knows where to send", done: came, says: came ? "alerts have come" : "copy the receiver below into its configuration" },
    { id: "test", title: "A test alert arrives", done: tested, says: tested ? "it arrived and ended by itself" : "send one below" },
    { id: "first", title: "The first alert of your own has come", done: came, says: came ? `${facts?.alert_incidents ?? 0} incidents were opened by alerts` : "this page looks by itself" },
  ];
}
