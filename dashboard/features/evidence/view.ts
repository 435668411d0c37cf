/** Where quoted words stand in a piece of evidence; pure. */

export interface Part {
  text: string;
  quoted: boolean;
}

/** The text in parts, with the quoted words apart wherever they stand, up to white space. */
export function partsOf(text: string, words: string): Part[] {
  const wanted = words.trim().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [{ text, quoted: false }];
  const pattern = new RegExp(wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+"), "g");
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), quoted: false });
    parts.push({ text: match[0], quoted: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), quoted: false });
  return parts;
}

/** A kept answer as lines to read: a lone text as it is, anything else as JSON. */
export function bodyText(body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(body, null, 2).replaceAll("\\n", "\n").replaceAll('\\"', '"');
}
