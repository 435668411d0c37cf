/** Which version of a post-mortem is looked at, and what may be done with it; pure. */
import type { PostMortemVersions, Role } from "@/lib/api/types";
import { mayAct } from "@/features/session/session";
import { moment } from "@/lib/words";

export const DRAFT = 0;

/** The version that stands: the newest edit, or the draft where the newest went back to it. */
export function standing({ current, items }: PostMortemVersions): number {
  return items[0]?.is_draft ? DRAFT : current;
}

/** What can be chosen to read: the draft, and every edit, the newest first. */
export function choices({ items }: PostMortemVersions): [value: string, text: string][] {
  const edits = items.filter((each) => !each.is_draft);
  return [[String(DRAFT), "Draft from the record"], ...edits.map((each): [string, string] => [String(each.number), `Version ${each.number} by ${each.by}`])];
}

/** One sentence on what is shown. */
export function saidOf(versions: PostMortemVersions, shown: number): string {
  const of = versions.items.find((each) => each.number === shown);
  const newest = versions.items[0];
  if (of) {
    const note = of.note ? `: ${of.note}` : "";
    const old = standing(versions) === shown ? "" : " It is not the one that stands.";
    return `Edited: version ${of.number} by ${of.by}, ${moment(of.at)}${note}.${old}`;
  }
  if (!newest) return "Draft from the record; nobody edited it yet.";
  if (newest.is_draft) return `Draft from the record; ${newest.by} went back to it, ${moment(newest.at)}.`;
  return "Draft from the record. People edited it: the edited one stands.";
}

export function whyNotEdit(role: Role | null): string {
  return mayAct(role, "responder") ? "" : `Editing needs the role responder; you have ${role ?? "none"}.`;
}

export const LONGEST = 200_000;

export function whyNotKeep(text: string, begun: string): string {
  if (text.length > LONGEST) return `It has ${text.length} characters; ${LONGEST} are the most that is kept.`;
  if (text.trim() === "") return "There is no text; to be rid of the edits, go back to the draft.";
  return text === begun ? "Nothing was changed yet." : "";
}
