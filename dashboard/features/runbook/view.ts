/** The runbook that was found for an incident, out of the kept answers; pure. */
import type { Evidence } from "@/lib/api/types";
import { webAddress } from "@/lib/web";

export interface Runbook {
  title: string;
  markdown: string;
  url: string;
}

/** The evidence that holds the whole page, else the one that holds what the search found; null where none was searched. */
export function runbookEvidence(evidence: readonly Evidence[]): Evidence | null {
  const kept = evidence.filter((each) => each.server === "notion");
  return kept.findLast((each) => each.tool === "get_runbook") ?? kept.findLast((each) => each.tool === "search_runbooks") ?? null;
}

type Loose = Readonly<Record<string, unknown>>;

function loose(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

/** The whole page, or what the search said of the best one; null where no page fits. */
export function runbookOf(body: Loose): Runbook | null {
  const answer = loose(body.answer);
  const page = Array.isArray(answer.pages) ? loose(answer.pages[0]) : answer;
  const text = typeof page.markdown === "string" ? page.markdown : typeof page.excerpt === "string" ? page.excerpt : "";
  if (typeof page.title !== "string") return null;
  return { title: page.title, markdown: text, url: webAddress(page.url) };
}
