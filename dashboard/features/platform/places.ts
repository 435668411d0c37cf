/** The pages from which the platform is run, in the order in which they stand beside each other. */

export interface Place {
  href: string;
  text: string;
}

export const PLACES: readonly Place[] = [
  { href: "/platform", text: "Overview" },
  { href: "/platform/setup", text: "First run" },
  { href: "/platform/integrations", text: "Integrations" },
  { href: "/platform/evals", text: "Evaluation" },
  { href: "/platform/signals", text: "Own signals" },
  { href: "/platform/policies", text: "Policies" },
  { href: "/platform/trust", text: "Trust ladder" },
  { href: "/platform/audit", text: "Audit log" },
  { href: "/platform/accounts", text: "Users and tokens" },
];

/** The place that an address is at; the longest one counts, since every address below /platform begins with the first. */
export function placeAt(path: string): Place | undefined {
  const at = path.replace(/\/+$/, "") || "/";
  return PLACES.filter((each) => at === each.href || at.startsWith(`${each.href}/`)).sort((one, other) => other.href.length - one.href.length)[0];
}
