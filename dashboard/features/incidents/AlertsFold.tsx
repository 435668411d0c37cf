import type { FiledAlert } from "@/lib/api/types";
import { Badge } from "@/components/ui/card";
import { WebLink } from "@/components/ui/weblink";
import { visible } from "@/features/journal/look";
import { moment } from "@/lib/words";
import { severityTone } from "./view";

/** Every alert of an incident, in its own words, with the rule that put it here. */
export function AlertsFold({ alerts }: { alerts: readonly FiledAlert[] }) {
  if (alerts.length === 0) return null;
  return (
    <details className="mt-2 text-sm">
      <summary className="cursor-pointer">{alerts.length === 1 ? "The alert" : `The ${alerts.length} alerts`}, word for word</summary>
      <ul tabIndex={0} aria-label="Alerts" className="max-h-96 overflow-y-auto border-l border-line pl-3">
        {alerts.map((each) => (
          <One key={`${each.alert.fingerprint} ${each.alert.starts_at}`} of={each} />
        ))}
      </ul>
    </details>
  );
}

function One({ of: { alert, severity, grouped_by } }: { of: FiledAlert }) {
  const { alertname, ...labels } = alert.labels;
  const { runbook_url, ...words } = alert.annotations;
  return (
    <li className="py-2 break-words">
      <p>
        <Badge tone={severityTone[severity]}>{severity}</Badge> <strong>{visible(alertname ?? "without a name")}</strong>{" "}
        <span className="text-muted">
          {alert.status === "firing" ? "fires" : "quiet again"}, since {moment(alert.status === "firing" || !alert.ends_at ? alert.starts_at : alert.ends_at)}
        </span>
      </p>
      {Object.entries(words).map(([name, text]) => (
        <p key={name}>
          <span className="text-muted">{visible(name)}:</span> {visible(text)}
        </p>
      ))}
      <p className="text-muted">{visible(Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(" · "))}</p>
      <p className="text-muted">Why it is here: {visible(grouped_by)}</p>
      {alert.generator_url && <WebLink to={alert.generator_url} says="the rule's graph" />} {runbook_url && <WebLink to={runbook_url} says="its runbook" />}
    </li>
  );
}
