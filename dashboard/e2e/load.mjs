/** What a long journal and a fast one cost the browser, by the processes' own count. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

/** Seconds of processor that the browser's processes have used, by their own count. */
function used(pid) {
  const stats = readdirSync("/proc").filter((each) => /^\d+$/.test(each)).flatMap((each) => {
    try {
      const text = readFileSync(`/proc/${each}/stat`, "utf8");
      const rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return [{ pid: Number(each), parent: Number(rest[1]), ticks: Number(rest[11]) + Number(rest[12]) }];
    } catch {
      return [];
    }
  });
  const family = new Set([pid]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const each of stats) if (family.has(each.parent)) family.add(each.pid);
  }
  return stats.filter((each) => family.has(each.pid)).reduce((sum, each) => sum + each.ticks, 0) / 100;
}

/** The journal as the screen holds it: how many entries, and whether any stands twice among those that are drawn. */
export async function held(page) {
  const count = Number(await page.getByRole("slider", { name: "Entry" }).getAttribute("max"));
  const drawn = await page.getByRole("log").locator("[data-index]").evaluateAll((rows) => rows.map((row) => row.textContent));
  return { count, drawn };
}

/** Generous: the budget is two seconds on a machine that does nothing else, and this one may. */
const MOST_MS = 8000;

/** From the first byte asked for to a page whose main part stands there and answers, by the browser's own clock. */
export async function interactive(page, addresses) {
  for (const address of addresses) {
    await page.goto(address);
    const ms = await page.evaluate(async () => {
      while (!document.querySelector("main li a, main [role=log]")) await new Promise(requestAnimationFrame);
      return performance.now();
    });
    const [{ domInteractive }] = await page.evaluate(() => performance.getEntriesByType("navigation").map((each) => each.toJSON()));
    console.log(`${new URL(address).pathname}: interactive after ${domInteractive.toFixed(0)} ms, its data on screen after ${ms.toFixed(0)} ms`);
    assert.ok(ms < MOST_MS, `${address} took ${ms.toFixed(0)} ms`);
  }
}

export async function theLongJournal(page, house) {
  const pid = Number(process.env.BROWSER_PID);
  const last = await house("many");
  await page.waitForFunction((wanted) => Number(document.querySelector('input[type="range"]')?.max) === wanted, last);
  const { drawn } = await held(page);
  assert.ok(drawn.length < 150, `${drawn.length} of ${last} entries are drawn`);
  const box = page.getByRole("log");
  await box.scrollIntoViewIfNeeded();
  const frames = await box.evaluate(async (element) => {
    const times = [];
    let before = performance.now();
    for (let step = 0; step < 120; step += 1) {
      element.scrollTop = (element.scrollHeight * step) / 120;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      times.push(now - before);
      before = now;
    }
    return times.sort((one, other) => one - other);
  });
  console.log(`journal of ${last} entries: ${drawn.length} drawn, a scrolled frame takes ${frames[60].toFixed(0)} ms in the middle, ${frames[114].toFixed(0)} ms at the 95th percentile`);
  await box.evaluate((element) => (element.scrollTop = element.scrollHeight));
  const [began, cpu] = [Date.now(), used(pid)];
  const spoken = await house("speak");
  const [seconds, busy] = [(Date.now() - began) / 1000, used(pid) - cpu];
  await page.waitForFunction((wanted) => Number(document.querySelector('input[type="range"]')?.max) === wanted, spoken);
  console.log(`60 updates a second for ${seconds.toFixed(1)} s onto ${last} entries: the whole browser used ${((busy / seconds) * 100).toFixed(0)} % of a core`);
}
