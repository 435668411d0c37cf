"use client";

import { useRead } from "@/lib/api/hooks";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { IntegrationRow } from "./IntegrationRow";
import { inOrder, summary, type IntegrationList } from "./view";

/** Every system the platform works with; each can be tried by one real call. */
export function Integrations() {
  const found = useRead<IntegrationList>(["integrations"], "/api/v1/integrations", { everyMs: 5000 });
  return (
    <Card title="Clusters and integrations" aside={found.data && <span className="text-xs text-muted">{summary(found.data.items)}</span>}>
      <Loaded of={found} what="integrations">
        {({ cluster, items }) => (
          <>
            <p className="border-b border-line px-4 py-2 text-sm text-muted">
              This platform looks after cluster <strong className="text-ink">{cluster}</strong>. A test makes one small read through the tool server, as an
              investigation would.
            </p>
            <ul>
              {inOrder(items).map((each) => (
                <IntegrationRow key={each.name} of={each} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}
