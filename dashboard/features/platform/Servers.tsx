"use client";

import type { ServerState, ToolInfo } from "@/lib/api/types";
import { useRead } from "@/lib/api/hooks";
import { Badge, Card } from "@/components/ui/card";
import { Loaded, Notice } from "@/components/ui/states";

/** The tool servers, how each is doing, and the tools it offers. */
export function Servers() {
  const servers = useRead<{ items: ServerState[] }>(["servers"], "/api/v1/servers", { everyMs: 5000 });
  const tools = useRead<{ items: ToolInfo[] }>(["tools"], "/api/v1/tools", { everyMs: 60_000 });
  return (
    <Card title="Tool servers">
      <Loaded of={servers} what="tool servers">
        {({ items }) => (
          <ul>
            {items.length === 0 && (
              <li>
                <Notice kind="empty" title="No tool server is set up">
                  Without one nothing can be looked at: <code>sre-agent doctor</code> says what is missing.
                </Notice>
              </li>
            )}
            {items.map((server) => (
              <li key={server.name} className="border-b border-line px-4 py-2 text-sm last:border-b-0">
                <details>
                  <summary className="cursor-pointer">
                    <strong>{server.name}</strong> <Health of={server} /> {server.tools} tools
                  </summary>
                  {server.error && <p className="text-bad">{server.error}</p>}
                  <ul className="mt-1 flex flex-col gap-1">
                    {tools.data?.items
                      .filter((tool) => tool.server === server.name)
                      .map((tool) => (
                        <li key={tool.name}>
                          <code>{tool.name}</code> <Badge tone={tool.read_only ? "calm" : "warn"}>{tool.read_only ? "reads" : "writes"}</Badge>{" "}
                          <span className="text-muted">{tool.description.split("\n")[0]}</span>
                        </li>
                      ))}
                  </ul>
                  {tools.error && <p className="text-bad">{tools.error.message}</p>}
                </details>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function Health({ of: server }: { of: ServerState }) {
  if (!server.configured) return <Badge>not set up</Badge>;
  return <Badge tone={server.connected ? "good" : "bad"}>{server.connected ? "connected" : "down"}</Badge>;
}
