/** What people do who never saw it: the auditor, whoever breaks the glass, whoever owns what was done for a time; and who may not. */
import assert from "node:assert/strict";
import { away, look, open } from "./driver.mjs";
import { A_WEEK_ON, ENDED, NOW, region, room, SPOILED, token, URL_, WAITING } from "./house.mjs";

const HALF_A_MINUTE_MS = 30_000;

/** Does what a person does, counts it, and holds it against the half minute that a person has. */
export async function walked(name, steps) {
  const began = Date.now();
  for (const step of steps) await step();
  const ms = Date.now() - began;
  console.log(`${name}: ${steps.length} things done or read, ${(ms / 1000).toFixed(1)} s`);
  assert.ok(ms < HALF_A_MINUTE_MS, `${name} took ${ms} ms`);
}

/** Last week's incident, from the first page on, and the proof of who approved what. */
export async function theAuditor(browser) {
  const page = await open(browser, URL_, token.approver);
  await page.clock.setFixedTime(new Date(A_WEEK_ON));
  await page.goto(URL_);
  await walked("auditor", [
    () => page.getByLabel("Opened", { exact: true }).selectOption({ label: "Last 7 days" }),
    () => page.locator("[data-row]").filter({ has: page.getByText("recovered", { exact: true }) }).getByRole("link").first().click(),
    () => page.getByRole("list", { name: "Answers to this plan" }).getByText(/ana \(approver\) said yes at .*: go ahead/).waitFor(),
    () => page.getByRole("link", { name: "Who approved and did what" }).click(),
    () => page.getByRole("row").filter({ hasText: "plan.approved" }).filter({ hasText: ENDED }).getByRole("cell", { name: "ana", exact: true }).waitFor(),
    () => page.getByRole("button", { name: "Verify" }).click(),
    () => page.getByText("nothing was changed").waitFor(),
  ]);
  await page.context().close();
}

/** Folded away, with what it overrides; a wrong password leaves it whole. */
export async function theGlass(page, size) {
  await page.goto(room(WAITING));
  await page.getByText("Break the glass …", { exact: true }).click();
  await page.getByText("It asks for the yes of 2 different people", { exact: false }).waitFor();
  const send = page.getByRole("button", { name: "Break the glass" });
  assert.ok(await send.isDisabled(), "nothing was filled in");
  await page.getByLabel("Why it cannot wait").fill("nobody else is awake and the shop is down");
  await page.getByText("Still missing: your password", { exact: false }).waitFor();
  await send.scrollIntoViewIfNeeded();
  await look(page, size === "phone" ? "dashboard-break-glass" : "dashboard-break-glass-wide", { picture: size === "phone" });
  await page.getByLabel("Your password once more").fill("not-my-password");
  away.now = true;
  await send.click();
  await page.getByText("The glass is whole", { exact: false }).waitFor();
  away.now = false;
}

/** Broken in earnest: the page says who did it alone. The last thing that is done to that plan. */
export async function theBrokenGlass(browser) {
  const page = await open(browser, URL_, token.approver, { size: "phone" });
  await page.clock.setFixedTime(new Date(NOW));
  await page.goto(room(WAITING));
  await page.getByText("Break the glass …", { exact: true }).click();
  await page.getByLabel("Why it cannot wait").fill("nobody else is awake and the shop is down");
  await page.getByLabel("Your password once more").fill(token.approver);
  await page.getByRole("button", { name: "Break the glass" }).click();
  await page.getByText("broke the glass and approved it alone", { exact: false }).waitFor();
  await look(page, "dashboard-glass-broken");
  await page.context().close();
}

/** From the first page to what is nearly up; on the phone its owner decides. */
export async function theMitigation(page, size) {
  await page.goto(URL_);
  const pressing = page.getByRole("region", { name: "Done for a time" });
  await pressing.getByText("1 waits for its owner", { exact: false }).waitFor();
  await pressing.locator(`a[href*="${ENDED}"]`).click();
  const card = await region(page, "Done for a time");
  await card.getByText(/min left/).waitFor();
  assert.ok(await card.getByRole("button", { name: "Keep" }).isDisabled(), "no reason was given");
  await look(page, `dashboard-done-for-a-time-${size}`);
  if (size === "desktop") return;
  await look(page, "dashboard-done-for-a-time", { picture: true });
  await card.getByLabel("Reason to restore or keep it").fill("the sale lasts until Monday");
  await card.getByRole("button", { name: "Keep" }).click();
  await card.getByText("kept for good").waitFor();
}

/** Whoever may not decide reads so, and finds no button that does nothing. */
export async function thePowerless(browser, role) {
  const page = await open(browser, URL_, token[role]);
  await page.goto(room(SPOILED));
  const card = await region(page, "Done for a time");
  await card.getByText(`Restoring or keeping it needs the role approver; you have ${role}.`).waitFor();
  assert.equal(await card.getByRole("button").count(), 0);
  await page.goto(room(WAITING));
  await page.getByText(`you have ${role}`, { exact: false }).first().waitFor();
  assert.equal(await page.getByText("Break the glass …", { exact: true }).count(), 0, `a ${role} is offered to break the glass`);
  assert.equal(await page.getByRole("button", { name: "Approve" }).and(page.locator(":enabled")).count(), 0);
  await look(page, `dashboard-waiting-${role}`);
  await page.context().close();
}
