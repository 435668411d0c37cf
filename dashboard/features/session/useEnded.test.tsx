// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useRead } from "@/lib/api/hooks";
import { useSend } from "@/lib/api/useSend";
import { SessionGate, useSession } from "./SessionGate";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const ANA = { csrf: "ana's", name: "ana", role: "admin" };
const BEN = { csrf: "ben's", name: "ben", role: "viewer" };

function Page() {
  const { me } = useSession();
  const list = useRead<{ said: string }>(["list"], "/list");
  const send = useSend(() => ({ path: "/send" }), []);
  return (
    <>
      <p>
        {me.name}: {list.data?.said}
      </p>
      <button onClick={() => void list.refetch()}>read</button>
      <button onClick={() => send.mutate(undefined as never)}>write</button>
    </>
  );
}

/** A page that was read once; then the session in the browser is `next`. */
async function openedUntil(next: typeof BEN | null) {
  let now: typeof BEN | null = ANA;
  vi.stubGlobal("fetch", (path: string, call: RequestInit = {}) => {
    if (path === "/api/v1/login") return Promise.resolve(Response.json({ session: now }));
    if (path === "/api/v1/sign-in") return Promise.resolve(Response.json({ oidc: "" }));
    if (!now) return Promise.resolve(Response.json({ detail: "unknown, expired or revoked" }, { status: 401 }));
    const foreign = call.method === "POST" && (call.headers as Record<string, string>)["X-CSRF-Token"] !== now.csrf;
    return Promise.resolve(foreign ? Response.json({ type: "about:cross-site", detail: "another's" }, { status: 403 }) : Response.json({ said: "held" }));
  });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <SessionGate>
        <Page />
      </SessionGate>
    </QueryClientProvider>,
  );
  await screen.findByText("ana: held");
  now = next;
}

test("when the session ends while a page is open, the page does not go on as if: the door stands there, and says why", async () => {
  await openedUntil(null);
  fireEvent.click(screen.getByText("read"));
  expect((await screen.findByRole("alert")).textContent).toContain("Your session has ended");
  expect(screen.queryByText("ana: held")).toBeNull();
});

test("a write refused because somebody else signed in beside this page shows who is there now", async () => {
  await openedUntil(BEN);
  fireEvent.click(screen.getByText("write"));
  await screen.findByText("ben: held");
});
