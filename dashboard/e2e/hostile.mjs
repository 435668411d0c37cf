/** An attacker's words in every field, with the page's own policy in force: all of it is text. */
import assert from "node:assert/strict";
import { complain, look, open } from "./driver.mjs";
import { HOSTILE, house, region, room, SPOILED, token, URL_ } from "./house.mjs";

const PLANTED = "<img src=x";
const CARDS = ["Plan", "Done for a time", "Why", "Topology", "Proof", "Timeline", "Log signatures", "Post-mortem"];
const PLACES = ["/", "/platform", "/platform/trust", "/platform/audit", "/platform/accounts", "/platform/policies"];
const TOLD_ON = new Set(["/", "/platform/trust", "/platform/accounts"]);
const LAW = `version: 1
actions: {rollout_restart: [k8s/rollout_restart]}
rules:
  - {id: never, when: 'true', verdict: denied, reason: '<img src=x onerror=window.hit=3> nobody acts'}
`;

/** None of it became a script, a picture, a frame or a link that runs. */
async function harmless(page, where) {
  const found = await page.evaluate(() => ({
    hit: globalThis.hit ?? null,
    made: document.querySelectorAll('img[src="x"], iframe, a[href^="javascript" i], [onerror]').length,
  }));
  assert.deepEqual(found, { hit: null, made: 0 }, `${where}: text became more than text`);
}

export async function theHostile(page) {
  await page.goto(room(HOSTILE));
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByText(PLANTED, { exact: false }).first().waitFor();
  await harmless(page, "the spoken");
  await look(page, "dashboard-hostile");
}

async function theRoom(page) {
  await page.goto(room(SPOILED));
  await page.getByText("live", { exact: true }).waitFor();
  for (const name of CARDS) {
    const card = await region(page, name);
    await card.getByText(PLANTED, { exact: false }).first().waitFor({ state: "attached" }).catch(() => complain(`${name} does not show what was planted`));
  }
  await page.getByRole("log").getByRole("button", { expanded: false }).last().click();
  await harmless(page, "the room");
  await page.getByRole("button", { name: /^E\d+$/ }).first().click();
  await page.getByRole("dialog").getByText(PLANTED, { exact: false }).first().waitFor();
  await harmless(page, "the evidence");
  await page.keyboard.press("Escape");
  const card = await region(page, "Would it have done better?");
  await card.getByLabel("Law", { exact: true }).selectOption("own");
  await card.getByLabel("The text of a law").fill(LAW);
  await card.getByRole("button", { name: "Replay against it" }).click();
  await card.getByText("<img src=x onerror=window.hit=3>", { exact: false }).first().waitFor();
  await harmless(page, "the replay");
}

async function theRest(page) {
  for (const place of PLACES) {
    await page.goto(URL_ + place);
    await page.locator("h1").first().waitFor({ state: "attached" });
    await page.waitForFunction(() => !/Loading .* …/.test(document.body.innerText));
    if (TOLD_ON.has(place)) await page.getByText(PLANTED, { exact: false }).first().waitFor();
    await harmless(page, place);
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Page, list/ }).fill("img");
  await page.getByRole("listbox").getByText(PLANTED, { exact: false }).first().waitFor();
  await harmless(page, "the palette");
}

export async function theSpoiled(browser) {
  const page = await open(browser, URL_, token.admin, { policy: "in force" });
  await theRoom(page);
  await house("spoil");
  await theRest(page);
  await page.context().close();
}
