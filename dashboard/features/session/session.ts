/** The token of this tab: in memory and in the tab's own storage, gone when it is closed; never in an address. */

const PLACE = "sre-agent.token";

export interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export function kept(keep: Keep): string {
  return keep.getItem(PLACE) ?? "";
}

export function keepToken(keep: Keep, token: string): void {
  if (token) keep.setItem(PLACE, token);
  else keep.removeItem(PLACE);
}

const RANKS = ["viewer", "responder", "approver", "admin"] as const;

/** Whether a role is enough; someone without a role (the webhook's token) may do nothing here. */
export function mayAct(role: string | null | undefined, least: (typeof RANKS)[number]): boolean {
  const rank = RANKS.findIndex((each) => each === role);
  return rank >= 0 && rank >= RANKS.indexOf(least);
}
