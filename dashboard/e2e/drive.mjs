/** Drives a real browser through one incident, from the list to the approved plan and its replay; told what to do by its environment. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { DASHBOARD_URL, DASHBOARD_TOKEN, DASHBOARD_INCIDENT, DASHBOARD_PICTURES, CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const complaints = [];

async function open(browser, size) {
  // the policy lets no strange script run: axe is one, and is put in from outside
  const context = await browser.newContext({ viewport: SIZES[size], bypassCSP: true });
  const page = await context.newPage();
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && complaints.push(`${size}: ${said.text()}`));
  page.on("pageerror", (wrong) => complaints.push(`${size}: ${wrong}`));
  page.on("request", (asked) => new URL(asked.url()).origin !== new URL(DASHBOARD_URL).origin && !asked.url().startsWith("data:") && complaints.push(`left the machine: ${asked.url()}`));
  await page.goto(DASHBOARD_URL);
  await page.getByLabel("Token").fill(DASHBOARD_TOKEN);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("link", { name: "Platform" }).waitFor();
  return page;
}

async function look(page, name) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const each of found.violations.filter((one) => ["serious", "critical"].includes(one.impact))) {
    complaints.push(`${name}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(wider <= 0, `${name} is ${wider} px wider than the screen`);
  if (DASHBOARD_PICTURES) await page.screenshot({ path: `${DASHBOARD_PICTURES}/${name}.png` });
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const room = `${DASHBOARD_URL}/incidents/${DASHBOARD_INCIDENT}`;
  const desktop = await open(browser, "desktop");
  await look(desktop, "dashboard-incidents");
  await desktop.keyboard.press("j");
  await desktop.keyboard.press("Enter");
  await desktop.getByText("Mission control").waitFor();
  await desktop.goto(room);
  await desktop.getByText("live", { exact: true }).waitFor();
  await desktop.locator("q").first().waitFor();
  await desktop.getByRole("button", { name: /^E\d+$/ }).first().click();
  await desktop.getByRole("dialog").locator("mark").first().waitFor();
  await desktop.keyboard.press("Escape");

  const phone = await open(browser, "phone");
  await phone.goto(room);
  const approve = phone.getByRole("button", { name: "Approve" });
  await approve.waitFor({ timeout: 120_000 });
  await desktop.evaluate(() => window.scrollTo(0, 0));
  await look(desktop, "dashboard-war-room");
  await approve.scrollIntoViewIfNeeded();
  await look(phone, "dashboard-approval-on-a-phone");
  const name = phone.getByLabel(/is of high risk: type/);
  if (await name.count()) await name.fill(/type (.*) to approve/.exec((await name.getAttribute("aria-label")) ?? (await phone.locator("label", { hasText: "high risk" }).innerText()))[1]);
  await approve.click();
  await phone.getByText(/Approved by|On file: yes/).first().waitFor({ timeout: 20_000 });

  await desktop.locator("header").getByText("recovered", { exact: true }).waitFor({ timeout: 180_000 });
  await desktop.getByText("before", { exact: false }).first().waitFor();
  await desktop.getByRole("region", { name: "Proof" }).scrollIntoViewIfNeeded();
  await look(desktop, "dashboard-recovered");
  const seen = await desktop.getByRole("slider", { name: "Entry" }).getAttribute("max");
  const token = { headers: { Authorization: `Bearer ${DASHBOARD_TOKEN}` } };
  const told = await (await fetch(`${DASHBOARD_URL}/api/v1/incidents/${DASHBOARD_INCIDENT}/journal?limit=1000`, token)).json();
  assert.equal(Number(seen), told.last, "the screen holds another number of entries than the journal");
  await desktop.getByRole("slider", { name: "Entry" }).fill("1");
  await desktop.getByText(`1 of ${seen}`, { exact: false }).waitFor();
  await desktop.goto(`${DASHBOARD_URL}/platform`);
  await desktop.getByText("connected").first().waitFor();
  await look(desktop, "dashboard-platform");
  assert.equal(await desktop.evaluate((secret) => JSON.stringify({ ...localStorage }).includes(secret) || location.href.includes(secret), DASHBOARD_TOKEN), false);
} catch (wrong) {
  console.log(complaints.join("\n"));
  for (const page of browser.contexts().flatMap((context) => context.pages())) console.log((await page.locator("body").innerText()).slice(0, 1500));
  throw wrong;
} finally {
  await browser.close();
}
assert.deepEqual([...new Set(complaints)], []);
console.log("driven from the alert to the replay, without a complaint");
