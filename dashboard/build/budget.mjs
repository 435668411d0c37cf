/** After the build: what each page makes a browser load at first, packed, held against the budget. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

export const MOST_KB = 250;
const SCRIPT = /<script[^>]*\ssrc="(\/_next\/[^"]+\.js)"(?![^>]*\snoModule)[^>]*>/g;

/** The scripts of a page that a browser of today loads, each once. @param {string} html */
export function scriptsOf(html) {
  return [...new Set([...html.matchAll(SCRIPT)].map(([, path]) => path ?? ""))];
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = join(import.meta.dirname, "..", "out");
  const pages = Object.keys(JSON.parse(readFileSync(join(out, "policy.json"), "utf8")));
  const loads = pages.map((page) => {
    const bytes = scriptsOf(readFileSync(join(out, page), "utf8")).map((path) => gzipSync(readFileSync(join(out, path))).length);
    return { page, kb: Math.round(bytes.reduce((sum, each) => sum + each, 0) / 1024) };
  });
  for (const { page, kb } of loads) console.log(`${page}: ${kb} kB of JavaScript at first, packed`);
  const over = loads.filter(({ kb }) => kb > MOST_KB);
  if (over.length > 0) {
    console.error(`expected at most ${MOST_KB} kB, found more in ${over.map(({ page }) => page).join(", ")}: load what is large when it is looked at (next/dynamic)`);
    process.exit(1);
  }
}
