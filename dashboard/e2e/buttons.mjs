/** Every page there is, and everything on it that can be pressed, chosen or followed: nothing is dead, and nothing complains. */
import { readdirSync } from "node:fs";
import { complain, open, seen } from "./driver.mjs";
import { pressAll } from "./pressing.mjs";

const REFUSAL = "the walk lets nothing be changed";
const APP = new URL("../app/", import.meta.url);
const LEAVE = "Leave";

/** The addresses of all pages, by the files they are made of: a page that is new is walked, too. */
export function routes() {
  const pages = readdirSync(APP, { recursive: true }).map(String).filter((each) => /(^|\/)page\.tsx$/.test(each));
  return pages.map((each) => `/${each.replace(/\/?page\.tsx$/, "").replaceAll(/\[\w+\]/g, "_")}`).sort();
}

/** What a person would change is refused instead of sent: the page must say so, and the house stays as it is. */
async function shielded(page) {
  await page.addInitScript((refusal) => {
    const really = window.fetch.bind(window);
    window.done = window.refused = 0;
    window.print = () => (window.done += 1);
    navigator.clipboard.writeText = async () => void (window.done += 1);
    HTMLAnchorElement.prototype.click = function click() {
      if (this.download) window.done += 1;
    };
    window.fetch = (path, init) => {
      if ((init?.method ?? "GET") === "GET") return really(path, init);
      window.refused += 1;
      return Promise.resolve(Response.json({ title: "Refused", status: 409, detail: refusal }, { status: 409 }));
    };
  }, REFUSAL);
}

async function pressed(page, where, except) {
  const began = Date.now();
  const found = await page.evaluate(pressAll, { refusal: REFUSAL, except });
  for (const each of found.complaints) complain(`${where}: ${each}`);
  console.log(`${where}: ${found.pressed} controls used, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return found.links;
}

/** What a link leads to is there, and is a page that was walked or an answer of the API. */
async function linked(page, links, origin) {
  const once = new Map(links.map((each) => new URL(each)).filter((each) => each.origin === origin).map((each) => [each.pathname.replace(/inc_\w+/, "inc"), each]));
  for (const address of once.values()) {
    const answer = await page.request.get(address.href);
    if (!answer.ok()) complain(`a link leads to ${address.href}, which answers ${answer.status()}`);
  }
  return new Set(once.keys());
}

/** `now`: the time by which the house lives; what says how long ago something was stands still meanwhile. */
export async function theWalk(browser, url, token, { size, addresses, now = new Date() }) {
  const page = await open(browser, url, token, { size });
  await shielded(page);
  await page.clock.setFixedTime(now);
  const links = [];
  let except = [LEAVE];
  for (const address of addresses) {
    await seen(`${size}, walked ${address}`, async () => {
      await page.goto(url + address);
      await page.locator("h1").first().waitFor({ state: "attached" });
      links.push(...(await pressed(page, `${size} ${address}`, except)));
    });
    // what frames every page was used on the first one
    except = [LEAVE, ...(await page.locator("body > header, nav[aria-label=Platform]").locator("button, a, select").evaluateAll((all) => all.map((each) => each.innerText)))];
  }
  const found = await linked(page, links, url);
  await page.getByRole("button", { name: LEAVE }).click();
  await page.getByLabel("Token").waitFor();
  await pressed(page, `${size} signed out`, []);
  await page.context().close();
  return found;
}
