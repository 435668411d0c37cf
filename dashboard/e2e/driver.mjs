/** What both browser tests need: a browser whose every complaint is kept, and a look at a page with axe. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const complaints = [];
/** While the API is away on purpose, the browser may say so. */
export const away = { now: false };

/** Whoever is not signed in is told so with a 401 to the page's first question, and a browser logs that. */
function asksWhoIsThere(said) {
  return new URL(said.location().url || "about:blank").pathname === "/api/v1/session" && said.text().includes("401");
}

export async function launch() {
  const server = await chromium.launchServer({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const browser = await chromium.connect(server.wsEndpoint());
  return { browser, server, pid: server.process().pid };
}

export async function open(browser, url, size, token) {
  // the policy lets no strange script run: axe is one, and is put in from outside
  const context = await browser.newContext({ viewport: SIZES[size], bypassCSP: true });
  const page = await context.newPage();
  const origin = new URL(url).origin;
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && !away.now && !asksWhoIsThere(said) && complaints.push(`${size}: ${said.text()} ${said.location().url}`));
  page.on("pageerror", (wrong) => complaints.push(`${size}: ${wrong}`));
  page.on("request", (asked) => new URL(asked.url()).origin !== origin && !/^(data|blob):/.test(asked.url()) && complaints.push(`left the machine: ${asked.url()}`));
  await page.goto(url);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("link", { name: "Platform" }).waitFor();
  return page;
}

export async function look(page, name, pictures = "") {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const each of found.violations.filter((one) => ["serious", "critical"].includes(one.impact))) {
    complaints.push(`${name}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wider <= 0, `${name} is ${wider} px wider than the screen`);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
}

export async function tellAll(browser) {
  console.log(complaints.join("\n"));
  for (const page of browser.contexts().flatMap((context) => context.pages())) console.log((await page.locator("body").innerText()).slice(0, 1500));
}

/** One view after the other: what is wrong with one is kept, and the next is seen all the same. */
export async function seen(name, look) {
  try {
    await look();
  } catch (wrong) {
    complaints.push(`${name}: ${wrong instanceof Error ? wrong.message.slice(0, 700) : wrong}`);
  }
}
