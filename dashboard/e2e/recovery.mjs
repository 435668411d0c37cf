/** Drives a browser through one incident, from the list to the approved plan, the recovery and its replay. */
import assert from "node:assert/strict";
import { away, connect, finish, look, open, outside, seen } from "./driver.mjs";

const { DASHBOARD: URL_, TOKEN, INCIDENT } = process.env;
const room = `${URL_}/incidents/${INCIDENT}`;

async function journal() {
  const token = { headers: { Authorization: `Bearer ${TOKEN}` } };
  return (await fetch(`${URL_}/api/v1/incidents/${INCIDENT}/journal?limit=1000`, token)).json();
}

async function find(page) {
  await look(page, "dashboard-incidents", { picture: true });
  await page.locator("[data-row]").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByText("Mission control").waitFor();
  await page.goto(URL_);
  await newcomer(page);
  await page.getByText("live", { exact: true }).waitFor();
  await page.locator("q").first().waitFor();
  await page.getByRole("button", { name: /^E\d+$/ }).first().click();
  await page.getByRole("dialog").locator("mark").first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Approve" }).waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await look(page, "dashboard-war-room", { picture: true });
}

/** What is wrong, why, and what it wants to do: by one click from the first page, in half a minute. */
async function newcomer(page) {
  const began = Date.now();
  await page.getByRole("region", { name: /Waits for/ }).getByRole("link").first().click();
  await page.waitForURL(new RegExp(INCIDENT));
  await theShort(page);
  const plan = page.getByRole("region", { name: "Plan", exact: true });
  await plan.getByText("Can hurt").first().waitFor();
  await page.getByRole("region", { name: "Why", exact: true }).locator("q").first().waitFor();
  const seconds = (Date.now() - began) / 1000;
  console.log(`what, why and what next: one click, ${seconds.toFixed(1)} s`);
  assert.ok(seconds < 30, `a newcomer needed ${seconds} s`);
}

/** The first screen says all three, without scrolling. */
async function theShort(page) {
  const short = page.getByLabel("In short");
  await short.getByText(/% sure/).waitFor();
  await short.getByText("What it wants to do").waitFor();
  const { y, height } = await short.boundingBox();
  assert.ok(y + height <= page.viewportSize().height, `one has to scroll ${Math.round(y + height)} px to know what is wrong, why, and what it wants to do`);
}

/** The agent is killed while this page watches: it says so, and comes back by itself. */
async function survive(page) {
  away.now = true;
  await outside("kill");
  await page.getByText("connection lost", { exact: false }).first().waitFor();
  await page.getByText("live", { exact: true }).waitFor({ timeout: 120_000 });
  away.now = false;
}

async function approve(page) {
  await page.goto(room);
  const button = page.getByRole("button", { name: "Approve" });
  await button.waitFor();
  await theShort(page);
  await button.scrollIntoViewIfNeeded();
  await look(page, "dashboard-approval-on-a-phone", { picture: true });
  for (const label of await page.locator("label", { hasText: "is of high risk" }).all()) {
    const text = await label.innerText();
    await page.getByLabel(text).fill(/type (.*) to approve/.exec(text)[1]);
  }
  await button.click();
  await page.getByText(/Approved by|On file: yes/).first().waitFor();
}

/** The runner alone is killed and comes back: the line does not break with it. */
async function surviveTheRunner(page) {
  await outside("kill the runner");
  await page.getByText("live", { exact: true }).waitFor();
  assert.equal(await page.getByText("connection lost", { exact: false }).count(), 0, "the line broke with the runner");
}

/** The runner dies while it carries a step out, and a person watches: another goes on, and nothing is done twice. */
async function surviveAmidAStep(page) {
  const killed = outside("kill the runner amid a step");
  await approve(page);
  assert.equal(await killed, "killed");
}

async function proveAndReplay(page) {
  await page.locator("header").getByText("recovered", { exact: true }).waitFor({ timeout: 180_000 });
  await page.getByText("before", { exact: false }).first().waitFor();
  await page.getByRole("region", { name: "Proof" }).scrollIntoViewIfNeeded();
  await look(page, "dashboard-recovered", { picture: true });
  const held = await page.getByRole("slider", { name: "Entry" }).getAttribute("max");
  const told = await journal();
  assert.equal(told.entries.length, told.last, "the journal has a gap");
  assert.equal(Number(held), told.last, "the screen holds another number of entries than the journal");
  const does = told.entries.filter((each) => each.kind === "step.done").map((each) => each.text);
  assert.ok(does.length > 0 && new Set(does).size === does.length, `a step was done twice: ${does}`);
  const drawn = await page.getByRole("log").locator("[data-index] button[title]").evaluateAll((buttons) => buttons.map((each) => each.title));
  assert.ok(drawn.length > 0 && new Set(drawn).size === drawn.length, "an entry stands there twice");
  await page.getByRole("slider", { name: "Entry" }).fill("1");
  await page.getByText(`1 of ${held}`, { exact: false }).waitFor();
  const kept = await page.evaluate((secret) => JSON.stringify({ ...localStorage }).includes(secret) || location.href.includes(secret), TOKEN);
  assert.equal(kept, false, "the token lies where scripts can read it");
}

const browser = await connect();
const desktop = await open(browser, URL_, TOKEN);
const phone = await open(browser, URL_, TOKEN, { size: "phone" });
await seen("found", () => find(desktop));
await seen("survived the runner", () => surviveTheRunner(desktop));
await seen("survived", () => survive(desktop));
await seen("approved, and survived amid a step", () => surviveAmidAStep(phone));
await seen("proved and replayed", () => proveAndReplay(desktop));
await finish(browser);
