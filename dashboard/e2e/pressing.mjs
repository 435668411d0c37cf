/** What is done inside of a page: every control on it is used once, and each that does nothing, or says not why, is named. */

/** Runs in the browser, whole; nothing from outside reaches in there but `told`. */
export async function pressAll({ refusal, except }) {
  const CONTROLS = "button, a[href], summary, select, textarea, input, [role=button], [role=tab], [role=switch], [role=menuitem]";
  const PATIENCE_MS = 2500;
  /** A button that undoes what another did has nothing to do before that. */
  const FIRST = { "Fit View": "Zoom In" };
  const found = { complaints: [], links: [], pressed: 0 };
  const done = new Set();
  const told = (text) => found.complaints.push(text);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  const nameOf = (el) => (el.getAttribute("aria-label") || [...(el.labels ?? [])].map((each) => each.innerText).join(" ") || el.innerText || el.title || "").trim().replace(/\s+/g, " ").slice(0, 80);
  const placeOf = (el) => el.closest("dialog, section[aria-label], nav, header, main")?.getAttribute("aria-label") ?? "";
  const keyOf = (el) => `${placeOf(el)}: ${el.localName} “${nameOf(el).replace(/inc_\w+|\d+/g, "#")}”`;
  const modal = () => [...document.querySelectorAll("dialog[open]")].at(-1);
  const seen = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
  const all = () => [...(modal() ?? document).querySelectorAll(CONTROLS)].filter((el) => seen(el) && el.type !== "file" && !except.includes(nameOf(el)));
  const valuesOf = (but) => [...document.querySelectorAll("input, select, textarea")].filter((el) => el !== but).map((el) => el.value);
  const stamp = (but) => [location.href, window.scrollY, window.done, window.refused, document.activeElement?.id ?? "", ...valuesOf(but), document.documentElement.outerHTML].join("\n");
  const describes = (el) => el.title || (el.getAttribute("aria-describedby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.innerText ?? "").join("").trim();

  async function happens(before, but) {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(15)) if (stamp(but) !== before) return true;
    return false;
  }
  async function calm() {
    const end = performance.now() + 2 * PATIENCE_MS;
    for (let before = ""; before !== stamp() || /Loading .* …/.test(document.body.innerText); await pause(60)) {
      if (performance.now() > end) return told("it does not come to rest");
      before = stamp();
    }
  }
  function enter(el, value) {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(el), "value").set.call(el, value);
    el.dispatchEvent(new Event(el.localName === "select" ? "change" : "input", { bubbles: true }));
  }
  const wanted = (el) => /type (.*) to (?:approve|break)/.exec(nameOf(el))?.[1] ?? { date: "2026-03-01", range: el.min, email: "a@b.example" }[el.type] ?? "a walk's words";

  /** Whoever cannot press it reads why; while it works its own words say so. */
  function disabledSayWhy() {
    for (const el of all().filter((each) => each.disabled && !nameOf(each).endsWith("…"))) {
      const key = `${keyOf(el)} is disabled and says not why`;
      if (!describes(el) && !done.has(key)) told(key);
      done.add(key);
    }
  }
  /** In a form it keeps what was entered; elsewhere, it changes what is shown. */
  async function fill(el) {
    const [before, was] = [stamp(el), el.value];
    const value = el.localName === "select" ? [...el.options].find((each) => each.value !== was)?.value : wanted(el);
    if (value === undefined || value === was) return;
    enter(el, value);
    if (el.form) {
      await pause(15);
      if (el.value !== value) told(`${keyOf(el)} does not take what is entered`);
      return;
    }
    if (!(await happens(before, el))) told(`${keyOf(el)} changes nothing`);
    if (!el.isConnected || el.localName === "textarea") return;
    enter(el, was);
    for (const end = performance.now() + 700; stamp(el) !== before && performance.now() < end; ) await pause(30);
  }
  function follow(el) {
    const href = el.getAttribute("href");
    if (!href) return told(`${keyOf(el)} leads nowhere`);
    if (!href.startsWith("#")) return found.links.push(el.href);
    if (!document.getElementById(href.slice(1))) told(`${keyOf(el)} leads to ${href}, which is not on the page`);
  }
  const covered = (el) => {
    const { left, top, width, height } = el.getClientRects()[0];
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    return !(over && (el.contains(over) || over.contains(el) || over.closest("label") === el.closest("label")));
  };
  async function press(el) {
    const first = FIRST[nameOf(el)] && all().find((each) => nameOf(each) === FIRST[nameOf(el)]);
    if (first) {
      first.click();
      await pause(150);
    }
    const [before, sent, folded] = [stamp(), window.refused, el.closest("details")?.open];
    el.click();
    if (!(await happens(before))) return told(`${keyOf(el)} does nothing`);
    if (el.localName === "summary" && folded) el.click();
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end && el.disabled && nameOf(el).endsWith("…"); ) await pause(15);
    if (window.refused > sent) await said(el);
  }
  /** What was sent was refused: the words of the refusal stand where one looks. */
  async function said(el) {
    for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(15)) if ((modal() ?? document.body).innerText.includes(refusal)) return;
    told(`${keyOf(el)} was refused, and nothing on the screen says so`);
  }
  async function one(el) {
    el.scrollIntoView({ block: "center" });
    found.pressed += 1;
    if (covered(el)) return told(`${keyOf(el)} is covered by something else`);
    if (el.localName === "a") return follow(el);
    return ["input", "select", "textarea"].includes(el.localName) ? fill(el) : press(el);
  }
  /** What closes, hides or starts anew comes last: before it all else is used. */
  const late = (el) => /^(Close|Hide|Leave|Back to now|Close without keeping|Go back to the draft)$/.test(nameOf(el));
  const field = (el) => Boolean(el.form) && el.localName !== "button";
  const ripe = () => {
    const open = all().filter((el) => !el.disabled && !done.has(keyOf(el)));
    return open.find(field) ?? open.find((el) => !late(el)) ?? open[0];
  };
  for (let at = 0; at < document.documentElement.scrollHeight; at += window.innerHeight) {
    window.scrollTo(0, at);
    await pause(15);
  }
  await calm();
  for (let el = (disabledSayWhy(), ripe()); el || modal(); el = (disabledSayWhy(), ripe())) {
    if (!el) {
      const dialog = modal();
      dialog.close();
      await happens(stamp());
      continue;
    }
    done.add(keyOf(el));
    await one(el);
  }
  return found;
}
