/** What all browser tests need: pages whose every complaint is kept, a look at one with axe, and a line to the test outside. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const { BROWSER, PICTURES = "" } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
/** A machine that does other things too is slow, and not wrong. */
const PATIENCE_MS = 60_000;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const complaints = new Set();
/** While the API is away on purpose, the browser may say so. */
export const away = { now: false };

export const connect = () => chromium.connect(BROWSER);

/** Has the test outside do something; its answer. */
export async function outside(wish) {
  console.log(`@${wish}`);
  return (await answers.next()).value;
}

export function complain(text) {
  complaints.add(text);
}

export async function open(browser, url, token, { size = "desktop", scheme = "light", policy = "off" } = {}) {
  // the policy lets no strange script run: axe is one, and is put in from outside
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: scheme, bypassCSP: policy === "off", acceptDownloads: true });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const origin = new URL(url).origin;
  const who = `${size}, ${scheme}`;
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && !away.now && complain(`${who}: ${page.url()}: ${said.text()} ${said.location().url}`));
  page.on("pageerror", (wrong) => complain(`${who}: ${page.url()}: ${wrong}`));
  page.on("request", (asked) => new URL(asked.url()).origin !== origin && !/^(data|blob):/.test(asked.url()) && complain(`left the machine: ${asked.url()}`));
  await page.goto(url);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("link", { name: "Platform" }).waitFor();
  return page;
}

/** On a machine so many times slower: what happens between two frames there happens only now and then on a fast one. */
export async function slowed(page, rate, doing) {
  const line = await page.context().newCDPSession(page);
  await line.send("Emulation.setCPUThrottlingRate", { rate });
  await doing();
  await line.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await line.detach();
}

/** Holds a page against axe and the width of its screen; `picture` is kept where pictures are wanted. */
export async function look(page, name, { picture = false } = {}) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const each of found.violations.filter((one) => ["serious", "critical"].includes(one.impact))) {
    complain(`${name}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wider > 0) complain(`${name} is ${wider} px wider than the screen`);
  if (picture && PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** One view after the other: what is wrong with one is kept, and the next is seen all the same. */
export async function seen(name, doing) {
  const began = Date.now();
  try {
    await doing();
    console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } catch (wrong) {
    complain(`${name}: ${wrong instanceof Error ? wrong.message.slice(0, 700) : wrong}`);
  }
}

/** Ends the script: with 0 only where nothing complained. */
export async function finish(browser) {
  if (complaints.size > 0) {
    for (const page of browser.contexts().flatMap((context) => context.pages())) console.log(page.url(), (await page.locator("body").innerText()).slice(0, 1500));
    console.log([...complaints].join("\n"));
  }
  await browser.close();
  assert.ok(complaints.size === 0, `${complaints.size} complaints, see above`);
  process.exit(0);
}
