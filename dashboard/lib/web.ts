/** Addresses that came from outside; pure. */

/** Only an address of the web may be followed, and none that carries a name and password: `javascript:` and the like are text. */
export function webAddress(told: unknown): string {
  if (typeof told !== "string" || !/^https?:\/\/[^\s]+$/i.test(told)) return "";
  const address = parsed(told);
  return address && !address.username && !address.password ? address.href : "";
}

function parsed(told: string): URL | null {
  try {
    return new URL(told);
  } catch {
    return null;
  }
}
