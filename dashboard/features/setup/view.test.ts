import { expect, test } from "vitest";
import { caution, receiver, stepsOf, webhookUrl, type SetupFacts } from "./view";

const facts = (changes: Partial<SetupFacts> = {}): SetupFacts => ({
  host: "127.0.0.1",
  port: 8080,
  path: "/webhook/alert",
  webhook_token: true,
  cluster: "default",
  alert_incidents: 0,
  ...changes,
});

test("the address is the one that the API listens on, and the page's host where it listens everywhere", () => {
  expect(webhookUrl(facts(), "ops.example")).toBe("http://127.0.0.1:8080/webhook/alert");
  expect(webhookUrl(facts({ host: "0.0.0.0" }), "ops.example")).toBe("http://ops.example:8080/webhook/alert");
  expect(webhookUrl(facts({ host: "::1" }), "ops.example")).toBe("http://[::1]:8080/webhook/alert");
});

test("an address of this machine alone is said to be one, and so is none at all", () => {
  expect(caution("http://localhost:8080/webhook/alert")).toContain("Only this machine");
  expect(caution("http://[::1]:8080/webhook/alert")).toContain("Only this machine");
  expect(caution("http://sre-agent.ops.svc:8080/webhook/alert")).toBe("");
  expect(caution("ftp://x")).toContain("no address");
  expect(caution("")).toContain("no address");
});

test("the receiver sends resolved alerts too, keeps its token in a file, and cannot be broken out of", () => {
  const text = receiver("http://a/webhook/alert");
  expect(text).toContain('url: "http://a/webhook/alert"');
  expect(text).toContain("send_resolved: true");
  expect(text).toContain("credentials_file:");
  expect(receiver('x"\n  evil: true')).not.toContain("\n  evil");
});

test("nothing is done before it is known to be", () => {
  expect(stepsOf({ ready: null, integrations: null, facts: null, tested: false }).map((each) => each.done)).toEqual([false, false, false, false, false]);
});

test("a test alert alone is no alert of one's own", () => {
  const done = (alert_incidents: number, tested: boolean) =>
    stepsOf({ ready: true, integrations: null, facts: facts({ alert_incidents }), tested }).find((each) => each.id === "first")?.done;
  expect([done(0, false), done(1, true), done(2, true), done(1, false)]).toEqual([false, false, true, true]);
});
