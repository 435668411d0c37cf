/** How one signs in, and what a role may do. The session itself is a cookie that no script can read. */

export type Entry = { token: string } | { name: string; password: string };

const LINK = /^#link=(srel_[A-Za-z0-9_-]{20,100})$/;

/** The word of a one-time link in the address's fragment, which browsers send to nobody; empty: there is none. */
export function linkIn(hash: string): string {
  return LINK.exec(hash)?.[1] ?? "";
}

const PAGE = /^\/([A-Za-z0-9._~?&=%-][A-Za-z0-9._~/?&=%-]*)?$/;

/** Where somebody who signs in elsewhere comes back to: the page they wanted, as the API takes it, or the first. */
export function hereAsPage({ pathname, search }: { pathname: string; search: string }): string {
  const page = pathname + search;
  return PAGE.test(page) && page.length <= 500 ? page : "/";
}

const RANKS = ["viewer", "responder", "approver", "admin"] as const;

/** Whether a role is enough; someone without a role (the webhook's token) may do nothing here. */
export function mayAct(role: string | null | undefined, least: (typeof RANKS)[number]): boolean {
  const rank = RANKS.findIndex((each) => each === role);
  return rank >= 0 && rank >= RANKS.indexOf(least);
}
