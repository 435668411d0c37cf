/** Drives a browser to every page from which the platform is run, on desktop and phone, light and dark, and uses what is on it. */
import assert from "node:assert/strict";
import { routes, theWalk } from "./buttons.mjs";
import { connect, finish, look, open, seen } from "./driver.mjs";

const { DASHBOARD: URL_, ADMIN, VIEWER, RESPONDER, APPROVER } = process.env;

async function placesOf(page) {
  await page.goto(`${URL_}/platform`);
  const links = page.getByRole("navigation", { name: "Platform" }).getByRole("link");
  await links.first().waitFor();
  return links.evaluateAll((found) => found.map((each) => each.getAttribute("href")));
}

/** Opens every place; `closely`: with axe, too. What the console says is kept either way. */
async function walk(page, name, { closely = true } = {}) {
  for (const place of await placesOf(page)) {
    await page.goto(URL_ + place);
    await page.locator("h1").first().waitFor({ state: "attached" });
    await page.waitForFunction(() => !/Loading .* …/.test(document.body.innerText));
    if (closely) await look(page, `${name} ${place}`);
  }
}

async function theConnections(page) {
  await page.goto(`${URL_}/platform/integrations`);
  await page.getByRole("button", { name: "Test connection to Prometheus" }).click();
  await page.getByText(/Prometheus answers; \d+ of \d+ targets/).waitFor();
  await look(page, "dashboard-integrations", { picture: true });
}

async function theEvaluation(page) {
  await page.goto(`${URL_}/platform/evals`);
  await page.getByText("as recorded").waitFor();
  await look(page, "dashboard-evaluation", { picture: true });
}

async function theFirstRun(page) {
  await page.goto(`${URL_}/platform/setup`);
  await page.getByText("credentials_file").waitFor();
  await page.getByRole("button", { name: "Send a test alert" }).click();
  await page.getByText("It arrived.", { exact: true }).waitFor();
  await look(page, "dashboard-first-run", { picture: true });
}

async function theTokens(page) {
  await page.goto(`${URL_}/platform/accounts`);
  await page.getByRole("button", { name: /^Issue a token to / }).first().click();
  await page.getByLabel("What is it for?").fill("a test");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await page.getByText("Shown this once").waitFor();
  await page.getByRole("button", { name: "Hide" }).click();
}

async function theAudit(page) {
  await page.goto(`${URL_}/platform/audit`);
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("nothing was changed").waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export as JSON lines" }).click()]);
  assert.match(file.suggestedFilename(), /^audit-.*\.jsonl$/);
  await page.getByLabel("Action begins with").fill("test_alert.");
  await page.getByRole("cell", { name: "test_alert.sent" }).first().waitFor();
  await look(page, "dashboard-audit", { picture: true });
}

/** Everything that can be used where the platform is run; each of these pages is led to by another. */
async function everyButton(token, size) {
  const places = routes().filter((each) => each.startsWith("/platform"));
  const links = await theWalk(browser, URL_, token, { size, addresses: places });
  for (const each of places) assert.ok(links.has(each), `nothing leads to ${each}`);
}

const browser = await connect();
const admin = await open(browser, URL_, ADMIN);
await seen("every place, admin, desktop, light", () => walk(admin, "admin, desktop, light"));
await seen("connections", () => theConnections(admin));
await seen("evaluation", () => theEvaluation(admin));
await seen("first run", () => theFirstRun(admin));
await seen("tokens", () => theTokens(admin));
await seen("audit", () => theAudit(admin));
for (const [token, size] of [[ADMIN, "desktop"], [ADMIN, "phone"]]) await seen("every button", () => everyButton(token, size));
const phone = await open(browser, URL_, ADMIN, { size: "phone", scheme: "dark" });
await seen("every place, admin, phone, dark", () => walk(phone, "admin, phone, dark"));
const viewer = await open(browser, URL_, VIEWER, { size: "phone" });
await seen("every place, viewer, phone, light", () => walk(viewer, "viewer, phone, light"));
for (const [role, token] of Object.entries({ responder: RESPONDER, approver: APPROVER })) {
  const page = await open(browser, URL_, token);
  await seen(`every place, ${role}`, () => walk(page, role, { closely: false }));
  await page.context().close();
}
await finish(browser);
