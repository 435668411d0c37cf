/** Ways by which people outside are told, and how each does; pure. */
import type { components } from "@/lib/api/schema";
import type { Tone } from "@/components/ui/card";

export type NotificationList = components["schemas"]["NotificationList"];
export type TriedList = components["schemas"]["TriedList"];
export type Parcel = components["schemas"]["Parcel"];

/** What each kind of channel needs to be set up. */
export const SETTINGS: Readonly<Record<string, string>> = { slack: "SLACK_BOT_TOKEN", webhook: "NOTIFY_WEBHOOK_URL" };

export interface Channel {
  name: string;
  setUp: boolean;
  waiting: number;
  givenUp: number;
  /** Why the newest that was given up, or waits for another attempt, did not arrive; empty: nothing is wrong. */
  error: string;
}

/** All channels there can be, those that are set up first; `items` newest first. */
export function channelsOf({ channels, items }: Pick<NotificationList, "channels" | "items">): Channel[] {
  const names = [...channels, ...Object.keys(SETTINGS).filter((each) => !channels.includes(each))];
  return names.map((name) => {
    const ours = items.filter((each) => each.channel === name);
    return {
      name,
      setUp: channels.includes(name),
      waiting: ours.filter((each) => each.state === "waiting").length,
      givenUp: ours.filter((each) => each.state === "given_up").length,
      error: ours.find((each) => each.state !== "delivered" && each.error)?.error ?? "",
    };
  });
}

export function stateOf(channel: Channel): readonly [Tone, string] {
  if (!channel.setUp) return ["calm", "not set up"];
  if (channel.givenUp > 0) return ["bad", `${channel.givenUp} given up`];
  return channel.waiting > 0 ? ["warn", `${channel.waiting} on the way`] : ["good", "set up"];
}
