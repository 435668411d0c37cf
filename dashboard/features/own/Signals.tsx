"use client";

import { useAddress } from "@/lib/address";
import { useRead } from "@/lib/api/hooks";
import { Card } from "@/components/ui/card";
import { Choice } from "@/components/ui/field";
import { Cell, Table } from "@/components/ui/table";
import { Loaded, Notice } from "@/components/ui/states";
import { Ended } from "./Ended";
import { headline, milliseconds, outcomesOf, windowOf, WINDOWS, type OwnSignals, type Signals } from "./view";

/** How the agent itself does: what it ends, how fast, and what that takes. */
export function AgentSignals() {
  const [address, change] = useAddress();
  const hours = windowOf(address.get("hours"));
  const found = useRead<OwnSignals>(["signals", hours], `/api/v1/signals?hours=${hours}`, { everyMs: 15_000, keep: true });
  return (
    <>
      <Choice label="Window" options={WINDOWS} value={hours} onChange={(next) => change({ hours: next })} className="w-44" />
      <Loaded of={found} what="the agent's signals">
        {(own) => (
          <>
            {own.partial && <p className="text-sm text-warn">There was more in this window than is counted here: choose a shorter one.</p>}
            <Headline own={own} />
            <Card title="Incidents that ended">
              {own.signals.completed + own.signals.handed_over === 0 ? (
                <Notice kind="empty" title="No incident ended in this window">
                  Choose a longer one, or wait for the next alert.
                </Notice>
              ) : (
                <>
                  <Ended signals={own.signals} />
                  <Outcomes of={own.signals} />
                </>
              )}
            </Card>
            <Card title="Tool latency, the slowest first">
              <Tools of={own.signals} />
            </Card>
          </>
        )}
      </Loaded>
    </>
  );
}

function Headline({ own }: { own: OwnSignals }) {
  return (
    <dl className="grid grid-cols-2 gap-3 md:grid-cols-4">
      {headline(own).map(({ name, value, about }) => (
        <div key={name} className="rounded-lg border border-line bg-panel p-3">
          <dt className="text-xs text-muted">{name}</dt>
          <dd>
            <span className="block text-lg font-semibold">{value}</span>
            <span className="text-xs text-muted">{about}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Outcomes({ of: signals }: { of: Signals }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-sm">
      {outcomesOf(signals).map(({ name, count }) => (
        <li key={name}>
          <strong>{count}</strong> {name}
        </li>
      ))}
    </ul>
  );
}

function Tools({ of: signals }: { of: Signals }) {
  if (signals.tools.length === 0) {
    return (
      <Notice kind="empty" title="No tool was called in this window">
        An investigation calls them; a question on the first page starts one.
      </Notice>
    );
  }
  return (
    <Table label="Tool latency" heads={["tool", "calls", "failed", "median", "nine in ten within", "slowest"]}>
      {signals.tools.map((each) => (
        <tr key={each.tool}>
          <Cell>
            <code>{each.tool}</code>
          </Cell>
          <Cell>{each.calls}</Cell>
          <Cell className={each.failed > 0 ? "text-bad" : ""}>{each.failed}</Cell>
          <Cell>{milliseconds(each.milliseconds.median)}</Cell>
          <Cell>{milliseconds(each.milliseconds.p90)}</Cell>
          <Cell>{milliseconds(each.milliseconds.most)}</Cell>
        </tr>
      ))}
    </Table>
  );
}
