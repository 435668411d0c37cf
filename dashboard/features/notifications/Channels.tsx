"use client";

import { useRead } from "@/lib/api/hooks";
import { useSend } from "@/lib/api/useSend";
import { useSession } from "@/features/session/SessionGate";
import { mayAct } from "@/features/session/session";
import { Button } from "@/components/ui/button";
import { Badge, Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { visible } from "@/features/journal/look";
import { channelsOf, SETTINGS, stateOf, type Channel, type NotificationList, type TriedList } from "./view";

/** Ways by which people outside are told; each can be tried by a message that asks for nothing. */
export function Channels() {
  const found = useRead<NotificationList>(["notifications"], "/api/v1/notifications?limit=200", { everyMs: 10_000 });
  return (
    <Card title="Telling people">
      <Loaded of={found} what="channels">
        {(list) => (
          <ul>
            {channelsOf(list).map((each) => (
              <ChannelRow key={each.name} channel={each} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}

function ChannelRow({ channel }: { channel: Channel }) {
  const { me } = useSession();
  const [tone, word] = stateOf(channel);
  const test = useSend<TriedList>(() => ({ path: `/api/v1/notifications/test?${new URLSearchParams({ channel: channel.name })}` }));
  const tried = test.data?.items[0];
  return (
    <li className="border-b border-line px-4 py-3 text-sm last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <strong className="min-w-0 grow">{channel.name}</strong>
        <Badge tone={tone}>{word}</Badge>
        {channel.setUp &&
          (mayAct(me.role, "admin") ? (
            <Button disabled={test.isPending} onClick={() => test.mutate()} aria-label={test.isPending ? undefined : `Send a test message through ${channel.name}`}>
              {test.isPending ? "Sending …" : "Send a test"}
            </Button>
          ) : (
            <span className="text-muted">an administrator may test it</span>
          ))}
      </div>
      {!channel.setUp && (
        <p className="text-muted">
          Set <code>{SETTINGS[channel.name]}</code> in <code>.env</code> and start again.
        </p>
      )}
      {channel.error && <p className="break-words text-bad">{visible(channel.error)}</p>}
      <div aria-live="polite">
        {tried && <p className={`break-words ${tried.delivered ? "text-good" : "text-bad"}`}>{tried.delivered ? "It arrived." : `It did not arrive: ${visible(tried.error)}`}</p>}
        {test.error && <p className="text-bad">The test could not be asked for: {test.error.message}.</p>}
      </div>
    </li>
  );
}
