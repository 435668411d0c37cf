"use client";

import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Badge } from "@/components/ui/card";
import { visible } from "@/features/journal/look";
import { clock } from "@/lib/words";
import { stateOf, took, type Integration, type IntegrationTest } from "./view";

export function IntegrationRow({ of: one }: { of: Integration }) {
  const { me } = useSession();
  const [tone, word] = stateOf(one);
  const test = useSend<IntegrationTest>(() => ({ path: `/api/v1/integrations/${encodeURIComponent(one.name)}/test` }), [["integrations"]]);
  const may = mayAct(me.role, "responder");
  return (
    <li className="border-b border-line px-4 py-3 text-sm last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <strong>{one.title}</strong>
        <Badge tone={tone}>{word}</Badge>
        <span className="grow" />
        {may ? (
          <Button disabled={test.isPending} onClick={() => test.mutate()} aria-label={test.isPending ? undefined : `Test connection to ${one.title}`}>
            {test.isPending ? "Testing …" : "Test connection"}
          </Button>
        ) : (
          <span className="text-muted">a responder may test it</span>
        )}
      </div>
      <p className="text-muted">
        Gives {one.gives}. <Through of={one} />
      </p>
      {one.error && <p className={one.state === "down" ? "text-bad" : "text-muted"}>{visible(one.error)}</p>}
      <div aria-live="polite">
        {test.data && <Result of={test.data} />}
        {test.error && <p className="text-bad">The test could not be asked for: {test.error.message}.</p>}
      </div>
    </li>
  );
}

/** Which tool server stands in between, and what a test does. */
function Through({ of: one }: { of: Integration }) {
  if (one.server === "") return <>Tested by {one.tool}.</>;
  return (
    <>
      Server <code>{one.server}</code>
      {one.address && (
        <>
          {" at "}
          <code>{one.address}</code>
        </>
      )}
      , tested by <code>{one.tool}</code>.
    </>
  );
}

function Result({ of: test }: { of: IntegrationTest }) {
  return (
    <div className={`mt-1 border-l-2 pl-2 ${test.ok ? "border-good" : "border-bad"}`}>
      <p className="break-words">
        <span className={test.ok ? "text-good" : "text-bad"}>{test.ok ? "Works" : "Does not work"}</span>, {took(test)}, at {clock(test.at)}: {visible(test.sentence)}
      </p>
      {test.try_next && <p className="text-muted">{visible(test.try_next)}</p>}
    </div>
  );
}
