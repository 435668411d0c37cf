/** Drives a real browser through every view of the incidents that the house holds; asks the house to die, to come back and to talk. */
import assert from "node:assert/strict";
import { routes, theWalk } from "./buttons.mjs";
import { theJoined, theLadder, theReplayAgainst } from "./deciding.mjs";
import { away, connect, finish, look, open, seen, slowed } from "./driver.mjs";
import { theHostile, theSpoiled } from "./hostile.mjs";
import { ENDED, house, JOINED, NOW, region, room, token, URL_, WAITING } from "./house.mjs";
import { held, interactive, theLongJournal } from "./load.mjs";
import { theAuditor, theBrokenGlass, theGlass, theMitigation, thePowerless } from "./people.mjs";
import { theDeadLine, theEndedSession, theTroubles } from "./troubles.mjs";

async function theList(page) {
  await page.goto(URL_);
  await look(page, "dashboard-incidents");
  const waits = page.getByRole("region", { name: /Waits for/ });
  await waits.getByText("You may answer", { exact: false }).waitFor();
  await page.getByRole("searchbox", { name: "Search" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("checkout");
  await page.waitForURL(/text=checkout/);
  await page.getByLabel("Opened", { exact: true }).selectOption("week");
  await page.waitForURL(/opened=week/);
  await page.getByText("No incident is like that").waitFor();
  await page.getByLabel("Opened", { exact: true }).selectOption("");
  await page.getByLabel("Status").selectOption("waiting");
  await page.waitForURL(/show=waiting/);
  await slowed(page, 8, async () => {
    await page.reload();
    assert.equal(await page.getByRole("searchbox", { name: "Search" }).inputValue(), "checkout");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  });
  await look(page, "dashboard-keyboard");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /Page, list/ }).fill("HighErrorRate resolved");
  await page.getByRole("listbox").getByRole("option").first().waitFor();
  await look(page, "dashboard-palette", { picture: true });
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`incident=${ENDED}`));
}

async function theEnded(page, size) {
  await page.goto(room(ENDED));
  await page.getByText("live", { exact: true }).waitFor();
  const map = await region(page, "Topology");
  await map.locator(".react-flow__node").first().waitFor();
  await map.getByText("Path of blame", { exact: false }).waitFor();
  await map.locator(".react-flow__node").first().focus();
  await map.getByText("The map in words").click();
  await map.getByText(/blamed/).nth(1).waitFor();
  await look(page, "dashboard-topology", { picture: size === "desktop" });
  await (await region(page, "Log signatures")).getByText(/kinds? of complaint|nothing in them complains/).waitFor();
  await (await region(page, "Runbook")).getByText("What to do").waitFor();
  await (await region(page, "Similar past incidents")).getByText(/alike|None is like it/).first().waitFor();
  await (await region(page, "Proof")).getByRole("img", { name: /^before: middle/ }).first().waitFor();
  await look(page, `dashboard-proof-${size}`, { picture: size === "desktop" });
  await (await region(page, "Post-mortem")).getByRole("button", { name: "Edit as Markdown" }).click();
  await page.getByLabel("Post-mortem in Markdown").fill("# Ours\n\n<b>not bold</b>");
  const [kept] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download Markdown" }).click()]);
  assert.match(kept.suggestedFilename(), /\.md$/);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("heading", { name: "Mission control" }).isVisible(), false);
  await page.getByText("<b>not bold</b>").first().waitFor();
  await page.emulateMedia({ media: "screen" });
  await page.getByRole("button", { name: "Keep this version" }).click();
  await page.getByText(/^Edited: version \d+ by /).waitFor();
  await page.reload();
  await page.getByText(/^Edited: version \d+ by /).waitFor();
  await page.getByRole("button", { name: "Go back to the draft" }).click();
  await page.getByText(/went back to it/).waitFor();
}

async function theWaiting(page, size) {
  await page.goto(room(WAITING));
  const approve = page.getByRole("button", { name: "Approve" });
  await approve.waitFor();
  await page.keyboard.press("a");
  if (await approve.isEnabled()) await page.waitForFunction(() => document.activeElement?.id === "approve");
  await page.getByText("Break the glass …", { exact: true }).waitFor();
  await look(page, `dashboard-waiting-${size}`);
}

async function theBrokenLine(page) {
  const before = await held(page);
  away.now = true;
  await house("close");
  await page.getByText("connection lost", { exact: false }).first().waitFor();
  const last = await house("some");
  await look(page, "dashboard-offline");
  await house("open");
  await page.getByText("live", { exact: true }).waitFor();
  await page.waitForFunction((wanted) => Number(document.querySelector('input[type="range"]')?.max) === wanted, last);
  away.now = false;
  const after = await held(page);
  assert.equal(after.count, before.count + 25, "entries are missing, or stand there twice");
  assert.equal(new Set(after.drawn).size, after.drawn.length, "an entry is drawn twice");
}

async function theMissing(browser) {
  const page = await open(browser, URL_, token.viewer);
  away.now = true;
  await page.goto(`${URL_}/clusters/_?incident=inc_0000000000000000`);
  await page.getByRole("alert").first().waitFor();
  await look(page, "dashboard-missing");
  await page.context().close();
  away.now = false;
}

/** Everything that can be used on the pages of the incidents; those of the platform are walked where a platform runs. */
async function everyButton(browser) {
  const rooms = [WAITING, ENDED, JOINED].map((id) => room(id).slice(URL_.length));
  const addresses = [...routes().filter((each) => !each.startsWith("/platform")), ...rooms];
  await theWalk(browser, URL_, token.viewer, { size: "desktop", addresses: rooms, now: new Date(NOW) });
  for (const size of ["desktop", "phone"]) {
    const links = await theWalk(browser, URL_, token.admin, { size, addresses, now: new Date(NOW) });
    assert.ok(links.has("/platform") && links.has("/clusters/_"), "a page is there that nothing leads to");
  }
}

const browser = await connect();
// before any plan is answered: there is most to press
await seen("every button", () => everyButton(browser));
for (const [size, scheme] of [["desktop", "light"], ["phone", "dark"]]) {
  const page = await open(browser, URL_, token.approver, { size, scheme });
  if (size === "desktop") await seen("interactive", () => interactive(page, [URL_, room(ENDED)]));
  await seen(`${size}, list`, () => theList(page));
  await seen(`${size}, ended`, () => theEnded(page, size));
  await seen(`${size}, replay against`, () => theReplayAgainst(page, size));
  await seen(`${size}, waiting`, () => theWaiting(page, size));
  await seen(`${size}, glass`, () => theGlass(page, size));
  await seen(`${size}, done for a time`, () => theMitigation(page, size));
  await seen(`${size}, joined`, () => theJoined(page));
  await seen(`${size}, hostile`, () => theHostile(page));
  if (size === "desktop") {
    await seen("broken line", () => theBrokenLine(page));
    await seen("long journal", () => theLongJournal(page, house));
  }
  await page.context().close();
}
await seen("trust ladder", () => theLadder(browser));
await seen("auditor", () => theAuditor(browser));
await seen("hostile in every field", () => theSpoiled(browser));
for (const role of ["viewer", "responder"]) await seen(role, () => thePowerless(browser, role));
await seen("glass broken", () => theBrokenGlass(browser));
await seen("missing", () => theMissing(browser));
await theTroubles(browser, URL_, token.admin, [...routes(), room(ENDED).slice(URL_.length)]);
await seen("dead line", () => theDeadLine(browser, URL_, token.admin));
await seen("ended session", () => theEndedSession(browser, URL_, token.admin, room(WAITING).slice(URL_.length)));
await finish(browser);
