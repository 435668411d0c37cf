/** Every page while the API fails, refuses, is silent or has nothing, and while the line is down: each says so, and what to do. */
import { away, complain, open, seen } from "./driver.mjs";

const SPINS = /Loading .* …|Looking who you are|Laying out/;
const problem = (status, detail) => ({ status, contentType: "application/problem+json", json: { title: "Trouble", status, detail } });

/** What becomes of a read; the session is looked up as ever, so that it is the page that is seen. */
const TROUBLES = {
  "an API that fails": { meet: (route) => route.fulfill(problem(500, "it broke")), wants: /it broke/ },
  "an API that has too much to do": { meet: (route) => route.fulfill(problem(429, "too many at once")), wants: /too many at once/, ms: 5000, most: 3 },
  "an API that is silent": { meet: () => undefined, wants: /did not answer within/, ms: 16_000 },
  "an API that has nothing": { meet: emptied },
};

/** The same answer with nothing in any of its lists. */
async function emptied(route) {
  const answer = await route.fetch();
  const told = await answer.json().catch(() => null);
  if (told === null) return route.fulfill({ response: answer });
  return route.fulfill({ response: answer, json: "items" in told ? { ...told, items: [], total: 0 } : told });
}

const isRead = (url) => (url.pathname.startsWith("/api/v1/") && !/\/(login|stream)$/.test(url.pathname)) || url.pathname === "/readyz";

/** A card that shows nothing but its title, or that waits without an end, leaves whoever looks at it alone. */
async function leftAlone(page) {
  return page.evaluate((spins) => {
    // what nobody scrolled to is not read yet
    const inSight = (card) => card.getBoundingClientRect().top < window.innerHeight;
    const cards = [...document.querySelectorAll("main section[aria-label]")].filter(inSight).map((card) => [card.getAttribute("aria-label"), card.innerText.replace(card.querySelector("h2")?.innerText ?? "", "").trim()]);
    return cards.filter(([, text]) => text.length < 4 || new RegExp(spins).test(text)).map(([name, text]) => `${name} says “${text.slice(0, 60)}”`);
  }, SPINS.source);
}

async function met(page, name, address, { wants, ms = 0 }) {
  await page.goto(address);
  await page.locator("h1").first().waitFor({ state: "attached", timeout: 6000 }).catch(() => complain(`${name}: ${address} has no heading`));
  if (ms > 0) {
    // an answer comes by the machine's own time, and what follows it waits by the page's
    for (let part = 0; part < 3; part += 1) {
      await page.waitForTimeout(60);
      await page.clock.runFor(ms / 3);
    }
  }
  await page.waitForFunction((spins) => !new RegExp(spins).test(document.querySelector("main")?.innerText ?? ""), SPINS.source, { timeout: 5000 }).catch(() => complain(`${name}: ${address} waits without an end`));
  const text = await page.locator("main").innerText();
  const loud = await page.getByRole("alert").count();
  if (wants && !(wants.test(text) && loud > 0)) complain(`${name}: ${address} does not say so: ${text.slice(0, 200)}`);
  for (const each of await leftAlone(page)) complain(`${name}: ${address}: ${each}`);
}

export async function theTroubles(browser, url, token, addresses) {
  for (const [name, trouble] of Object.entries(TROUBLES)) {
    await seen(name, async () => {
      const page = await open(browser, url, token, { size: "phone" });
      away.now = true;
      if (trouble.ms) await page.clock.install();
      await page.route(isRead, trouble.meet);
      for (const each of addresses.slice(-(trouble.most ?? addresses.length))) await met(page, name, url + each, trouble);
      await page.context().close();
      away.now = false;
    });
  }
}

/** What was read stays, with the time at which it was true; the line comes back, and nobody has to reload. */
export async function theDeadLine(browser, url, token) {
  const page = await open(browser, url, token, { size: "phone" });
  away.now = true;
  await page.locator("[data-row]").first().waitFor();
  await page.context().setOffline(true);
  await page.getByText("What you see was true at", { exact: false }).waitFor();
  if ((await page.locator("[data-row]").count()) === 0) complain("what was read is gone when the line is");
  await page.context().setOffline(false);
  await page.getByText("What you see was true at", { exact: false }).waitFor({ state: "detached" });
  away.now = false;
  await page.context().close();
}

/** The session ends while a page is open: nobody reads on, the door says why, and behind it is the page where one was. */
export async function theEndedSession(browser, url, token, address) {
  const page = await open(browser, url, token, { size: "phone" });
  away.now = true;
  await page.goto(url + address);
  await page.getByText("live", { exact: true }).waitFor();
  await page.context().clearCookies();
  await page.getByRole("alert").getByText("Your session has ended", { exact: false }).waitFor();
  if ((await page.getByRole("log").count()) > 0) complain("one reads on without a session");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Enter" }).click();
  await page.getByText("live", { exact: true }).waitFor();
  away.now = false;
  await page.context().close();
}
