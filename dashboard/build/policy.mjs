/** After the build: the hash of every inline script, page by page, for the Content-Security-Policy that the agent sends. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";

const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** @param {string} html */
export function hashesOf(html) {
  const found = [...html.matchAll(INLINE)].map(
    ([, text]) => `sha256-${createHash("sha256").update(text ?? "").digest("base64")}`,
  );
  return [...new Set(found)];
}

/** @param {string} folder @returns {string[]} */
function pagesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesIn(path);
    return entry.name.endsWith(".html") ? [path] : [];
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = join(import.meta.dirname, "..", "out");
  const pages = Object.fromEntries(
    pagesIn(out).map((path) => [relative(out, path).split(sep).join("/"), hashesOf(readFileSync(path, "utf8"))]),
  );
  writeFileSync(join(out, "policy.json"), `${JSON.stringify(pages, null, 1)}\n`);
  console.log(`policy.json: inline scripts of ${Object.keys(pages).length} pages`);
}
