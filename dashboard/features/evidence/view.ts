/** A kept answer as text, and where quoted words stand in it; pure. */

export interface Part {
  text: string;
  quoted: boolean;
}

const SIGNS = /(?<=[[\]{},:"])|(?=[[\]{},:"])|\s+/;

/** Quotes were cut from JSON that was laid out in another way: white space between signs does not count, nor does `.0`. */
function patternOf(words: string): RegExp | null {
  const tokens = words.split(SIGNS).filter((each) => each.trim() !== "");
  if (tokens.length === 0) return null;
  const escaped = tokens.map((each) => each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/^(\d+)\\\.0$/, "$1(?:\\.0)?"));
  return new RegExp(escaped.join("\\s*"), "g");
}

/** The text in parts, with the quoted words apart wherever they stand. */
export function partsOf(text: string, words: string): Part[] {
  const pattern = patternOf(words);
  if (!pattern) return [{ text, quoted: false }];
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

/** Laid out like JSON, but with texts as they are: log lines are for reading, not for a parser. */
export function bodyText(value: unknown, indent = ""): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object" || value === null) return String(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const short = value.length <= 2 && value.every((each) => typeof each !== "object");
    if (short) return `[${value.map((each) => bodyText(each)).join(", ")}]`;
    return `[\n${value.map((each) => inner + bodyText(each, inner)).join(",\n")}\n${indent}]`;
  }
  const lines = Object.entries(value).map(([name, each]) => `${inner}"${name}": ${bodyText(each, inner)}`);
  return lines.length === 0 ? "{}" : `{\n${lines.join(",\n")}\n${indent}}`;
}
