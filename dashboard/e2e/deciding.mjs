/** What a person decides by: an incident that joined another, one under another law, and how far the agent may go. */
import assert from "node:assert/strict";
import { away, look, open } from "./driver.mjs";
import { ENDED, JOINED, region, room, token, URL_ } from "./house.mjs";

/** Folded under its leader in the list; its own page sends whoever comes to the leader's. */
export async function theJoined(page) {
  await page.goto(URL_);
  await page.getByText("one other joined it").click();
  await page.getByRole("link", { name: "joined is slow" }).click();
  const note = page.getByRole("note", { name: "Joined another incident" });
  await note.waitFor();
  assert.ok(page.url().includes(JOINED));
  await look(page, "dashboard-joined");
  assert.equal(await page.getByRole("button", { name: /Approve|Stop working|Investigate again/ }).count(), 0, "a button that does nothing");
  await note.getByRole("link").click();
  await page.getByRole("button", { name: "Approve" }).waitFor();
}

/** The same incident under another law: each verdict beside the one that was given. */
export async function theReplayAgainst(page, size) {
  await page.goto(room(ENDED));
  const card = await region(page, "Would it have done better?");
  await card.getByLabel("Law", { exact: true }).selectOption("read-only");
  await card.getByRole("button", { name: "Replay against it" }).click();
  await card.getByText("The same cause at the same place", { exact: false }).waitFor();
  await card.getByRole("region", { name: /under both laws/ }).getByText("denied").first().waitFor();
  await card.getByText("The same engine decided then", { exact: false }).waitFor();
  await card.getByText("Nothing in its answer differs.").waitFor();
  await card.getByText("answers now and can be asked", { exact: false }).waitFor();
  await card.getByRole("button", { name: "Ask the model" }).click();
  await card.getByRole("list", { name: "What the model suggests" }).getByText("not shown by evidence").waitFor();
  await card.getByText("so nothing would differ", { exact: false }).waitFor();
  await card.scrollIntoViewIfNeeded();
  await look(page, "dashboard-replay-against", { picture: size === "desktop" });
  await card.getByLabel("Law", { exact: true }).selectOption("own");
  await card.getByLabel("The text of a law").fill("version: 1\nrules: nonsense");
  away.now = true;
  await card.getByRole("button", { name: "Replay against it" }).click();
  await card.getByText("policies.yaml:2", { exact: false }).waitFor();
  away.now = false;
}

/** What the numbers propose, decided by a person; what a wrong act took down says so. */
export async function theLadder(browser) {
  const page = await open(browser, URL_, token.admin);
  await page.goto(`${URL_}/platform/trust`);
  await page.getByRole("img", { name: "7 of 8 agreed", exact: false }).waitFor();
  await page.getByText("the ladder itself", { exact: false }).waitFor();
  await look(page, "dashboard-trust", { picture: true });
  await page.getByRole("row", { name: /^cart/ }).getByRole("button", { name: "Promote to suggest" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("the numbers carry it");
  await page.getByRole("dialog").getByRole("button", { name: "Promote to suggest" }).click();
  await page.getByRole("cell", { name: /the numbers carry it/ }).waitFor();
  await page.context().close();
}
