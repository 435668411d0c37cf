/** The dashboard's components over a wire that a test holds: the real gate, client and cache, and the API's answers by path. */
import type { ReactElement } from "react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, vi } from "vitest";
import type { Role } from "@/lib/api/types";
import { SessionGate } from "@/features/session/SessionGate";

export interface Said {
  status?: number;
  body: unknown;
}

export interface Asked {
  path: string;
  body: unknown;
}

/** Answers to `METHOD /path`; a promise is an answer that is still on its way, `null` a line that is down. */
export type Answers = Record<string, Said | Promise<Said> | null>;

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** Draws a component for somebody who is signed in; what it asked of the API is kept. */
export async function drawn(element: ReactElement, answers: Answers, role: Role = "approver", name = "ana"): Promise<Asked[]> {
  const asked: Asked[] = [];
  const session = { csrf: "proof", name, role };
  vi.stubGlobal("fetch", async (path: string, call: RequestInit = {}) => {
    if (path === "/api/v1/login") return Response.json({ session });
    asked.push({ path, body: call.body ? (JSON.parse(String(call.body)) as unknown) : null });
    const said = await answers[`${call.method ?? "GET"} ${path}`];
    if (said === null) throw new TypeError("the line is down");
    if (said === undefined) throw new Error(`the test has no answer to ${call.method ?? "GET"} ${path}`);
    return Response.json(said.body, { status: said.status ?? 200 });
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" }, mutations: { networkMode: "always" } } });
  render(
    <QueryClientProvider client={client}>
      <SessionGate>
        <div data-testid="inside" />
        {element}
      </SessionGate>
    </QueryClientProvider>,
  );
  await screen.findByTestId("inside");
  return asked;
}

/** An answer that comes when the test says so. */
export function late(): { answer: Promise<Said>; come(said: Said): void } {
  let come: (said: Said) => void = () => undefined;
  const answer = new Promise<Said>((resolve) => (come = resolve));
  return { answer, come: (said) => come(said) };
}
