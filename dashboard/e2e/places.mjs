/** Opens every page from which the platform is run, as an administrator and as a viewer, wide and narrow, light and dark, and uses what is on it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { DASHBOARD_URL, DASHBOARD_ADMIN, DASHBOARD_VIEWER, DASHBOARD_PICTURES, CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const complaints = [];
/** What the browser says of answers that the page expects and explains: no right, nothing there, and not ready yet. */
const explained = (said) => /status of (401|403|404)/.test(said.text()) || (/status of 503/.test(said.text()) && said.location().url.endsWith("/readyz"));

async function open(browser, { size, token, scheme }) {
  // the policy lets no strange script run: axe is one, and is put in from outside
  const context = await browser.newContext({ viewport: SIZES[size], bypassCSP: true, colorScheme: scheme, acceptDownloads: true });
  const page = await context.newPage();
  const who = `${size} ${scheme}`;
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && !explained(said) && complaints.push(`${who} ${page.url()}: ${said.text()}`));
  page.on("pageerror", (wrong) => complaints.push(`${who} ${page.url()}: ${wrong}`));
  page.on("request", (asked) => new URL(asked.url()).origin !== new URL(DASHBOARD_URL).origin && !/^(data|blob):/.test(asked.url()) && complaints.push(`left the machine: ${asked.url()}`));
  await page.goto(DASHBOARD_URL);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
  return page;
}

async function look(page, name) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const each of found.violations.filter((one) => ["serious", "critical"].includes(one.impact))) {
    complaints.push(`${name}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wider > 0) complaints.push(`${name} is ${wider} px wider than the screen`);
}

async function picture(page, name) {
  if (DASHBOARD_PICTURES) await page.screenshot({ path: `${DASHBOARD_PICTURES}/${name}.png` });
}

async function placesOf(page) {
  await page.goto(`${DASHBOARD_URL}/platform`);
  const links = page.getByRole("navigation", { name: "Platform" }).getByRole("link");
  await links.first().waitFor();
  return links.evaluateAll((found) => found.map((each) => each.getAttribute("href")));
}

async function walk(page, name) {
  for (const place of await placesOf(page)) {
    await page.goto(DASHBOARD_URL + place);
    await page.locator("h1").first().waitFor({ state: "attached" });
    await page.waitForFunction(() => !/Loading .* …/.test(document.body.innerText), null, { timeout: 30_000 });
    await look(page, `${name} ${place}`);
  }
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const admin = await open(browser, { size: "desktop", scheme: "light", token: DASHBOARD_ADMIN });
  await walk(admin, "admin, desktop, light");

  await admin.goto(`${DASHBOARD_URL}/platform/integrations`);
  await admin.getByRole("button", { name: "Test connection to Prometheus" }).click();
  await admin.getByText(/Prometheus answers; \d+ of \d+ targets/).waitFor({ timeout: 20_000 });
  await picture(admin, "dashboard-integrations");

  await admin.goto(`${DASHBOARD_URL}/platform/evals`);
  await admin.getByText("as recorded").waitFor();
  await picture(admin, "dashboard-evaluation");

  await admin.goto(`${DASHBOARD_URL}/platform/setup`);
  await admin.getByText("credentials_file").waitFor();
  await admin.getByRole("button", { name: "Send a test alert" }).click();
  await admin.getByText("It arrived.", { exact: true }).waitFor({ timeout: 20_000 });
  await look(admin, "the first run after its test");
  await picture(admin, "dashboard-first-run");

  await admin.goto(`${DASHBOARD_URL}/platform/accounts`);
  await admin.getByRole("button", { name: /^Issue a token to / }).first().click();
  await admin.getByLabel("What is it for?").fill("a test");
  await admin.getByRole("button", { name: "Issue", exact: true }).click();
  await admin.getByText("Shown this once").waitFor();
  await admin.getByRole("button", { name: "Hide" }).click();

  await admin.goto(`${DASHBOARD_URL}/platform/audit`);
  await admin.getByRole("button", { name: "Verify" }).click();
  await admin.getByText("nothing was changed").waitFor({ timeout: 20_000 });
  const [file] = await Promise.all([admin.waitForEvent("download"), admin.getByRole("button", { name: "Export as JSON lines" }).click()]);
  assert.match(file.suggestedFilename(), /^audit-.*\.jsonl$/);
  await admin.getByLabel("Action begins with").fill("test_alert.");
  await admin.getByRole("cell", { name: "test_alert.sent" }).first().waitFor();
  await picture(admin, "dashboard-audit");

  await walk(await open(browser, { size: "phone", scheme: "dark", token: DASHBOARD_ADMIN }), "admin, phone, dark");
  await walk(await open(browser, { size: "phone", scheme: "light", token: DASHBOARD_VIEWER }), "viewer, phone, light");
} catch (wrong) {
  console.log(complaints.join("\n"));
  for (const page of browser.contexts().flatMap((context) => context.pages())) console.log(page.url(), (await page.locator("body").innerText()).slice(0, 1500));
  throw wrong;
} finally {
  await browser.close();
}
assert.deepEqual([...new Set(complaints)], []);
console.log("every place was opened and used, without a complaint");
