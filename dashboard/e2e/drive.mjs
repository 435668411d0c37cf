/** Drives a real browser through one incident, from the list to the approved plan and its replay; told what to do by its environment. */
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { away, complaints, launch, look, open, tellAll } from "./driver.mjs";

const { DASHBOARD_URL, DASHBOARD_TOKEN, DASHBOARD_INCIDENT, DASHBOARD_PICTURES = "" } = process.env;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The agent is killed while this page watches: it says so, and comes back by itself. */
async function survives(page) {
  away.now = true;
  console.log("@kill");
  await answers.next();
  await page.getByText("connection lost", { exact: false }).first().waitFor({ timeout: 20_000 });
  await page.getByText("live", { exact: true }).waitFor({ timeout: 120_000 });
  away.now = false;
}

const { browser, server } = await launch();
try {
  const room = `${DASHBOARD_URL}/incidents/${DASHBOARD_INCIDENT}`;
  const desktop = await open(browser, DASHBOARD_URL, "desktop", DASHBOARD_TOKEN);
  await look(desktop, "dashboard-incidents", DASHBOARD_PICTURES);
  await desktop.keyboard.press("j");
  await desktop.keyboard.press("Enter");
  await desktop.getByText("Mission control").waitFor();
  await desktop.goto(room);
  await desktop.getByText("live", { exact: true }).waitFor();
  await desktop.locator("q").first().waitFor();
  await desktop.getByRole("button", { name: /^E\d+$/ }).first().click();
  await desktop.getByRole("dialog").locator("mark").first().waitFor();
  await desktop.keyboard.press("Escape");

  const phone = await open(browser, DASHBOARD_URL, "phone", DASHBOARD_TOKEN);
  await phone.goto(room);
  const approve = phone.getByRole("button", { name: "Approve" });
  await approve.waitFor({ timeout: 120_000 });
  await desktop.evaluate(() => window.scrollTo(0, 0));
  await look(desktop, "dashboard-war-room", DASHBOARD_PICTURES);
  await survives(desktop);
  await approve.scrollIntoViewIfNeeded();
  await look(phone, "dashboard-approval-on-a-phone", DASHBOARD_PICTURES);
  const name = phone.getByLabel(/is of high risk: type/);
  if (await name.count()) await name.fill(/type (.*) to approve/.exec((await name.getAttribute("aria-label")) ?? (await phone.locator("label", { hasText: "high risk" }).innerText()))[1]);
  await approve.click();
  await phone.getByText(/Approved by|On file: yes/).first().waitFor({ timeout: 20_000 });

  await desktop.locator("header").getByText("recovered", { exact: true }).waitFor({ timeout: 180_000 });
  await desktop.getByText("before", { exact: false }).first().waitFor();
  await desktop.getByRole("region", { name: "Proof" }).scrollIntoViewIfNeeded();
  await look(desktop, "dashboard-recovered", DASHBOARD_PICTURES);
  const seen = await desktop.getByRole("slider", { name: "Entry" }).getAttribute("max");
  const token = { headers: { Authorization: `Bearer ${DASHBOARD_TOKEN}` } };
  const told = await (await fetch(`${DASHBOARD_URL}/api/v1/incidents/${DASHBOARD_INCIDENT}/journal?limit=1000`, token)).json();
  assert.equal(told.entries.length, told.last, "the journal has a gap");
  assert.equal(Number(seen), told.last, "the screen holds another number of entries than the journal");
  await desktop.getByRole("slider", { name: "Entry" }).fill("1");
  await desktop.getByText(`1 of ${seen}`, { exact: false }).waitFor();
  await desktop.goto(`${DASHBOARD_URL}/platform`);
  await desktop.getByText("connected").first().waitFor();
  await look(desktop, "dashboard-platform", DASHBOARD_PICTURES);
  assert.equal(await desktop.evaluate((secret) => JSON.stringify({ ...localStorage }).includes(secret) || location.href.includes(secret), DASHBOARD_TOKEN), false);
} catch (wrong) {
  await tellAll(browser);
  throw wrong;
} finally {
  await browser.close();
  await server.close();
}
assert.deepEqual([...new Set(complaints)], []);
console.log("driven from the alert to the replay, without a complaint");
process.exit(0);
