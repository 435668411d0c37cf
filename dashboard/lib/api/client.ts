/** Calls to the API on this page's own origin: a cookie that no script reads says who asks, `token` that our own page does. */
import type { Problem } from "./types";

export type FailureKind = "offline" | "late" | "signed-out" | "forbidden" | "missing" | "conflict" | "unready" | "refused";

/** What went wrong, in the API's own words. */
export class ApiFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly status = 0,
  ) {
    super(message);
    this.name = "ApiFailure";
  }
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: "signed-out",
  429: "unready",
  403: "forbidden",
  404: "missing",
  409: "conflict",
  502: "offline",
  503: "unready",
  504: "offline",
};

export function failureOf(status: number, said: Partial<Problem> | null): ApiFailure {
  const faults = (said?.errors ?? []).map((each) => `${each.field}: ${each.message}`).join("; ");
  const text = faults || said?.detail || said?.title || `the API answered ${status}`;
  // a write in the name of a session that is not this page's any more: somebody else signed in beside it
  const kind = said?.type?.endsWith("cross-site") ? "signed-out" : KINDS[status];
  return new ApiFailure(kind ?? "refused", text, status);
}

export interface Call {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
  accept?: string;
}

/** The raw answer. Throws ApiFailure where there is none, or where it is a refusal. */
export async function request(path: string, token: string, call: Call = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: call.accept ?? "application/json" };
  if (token) headers["X-CSRF-Token"] = token;
  if (call.body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method: call.method ?? "GET", headers, cache: "no-store", credentials: "same-origin" };
  if (call.body !== undefined) init.body = JSON.stringify(call.body);
  if (call.signal) init.signal = call.signal;
  const answer = await fetch(path, init).catch((wrong: unknown) => {
    if (call.signal?.aborted) throw wrong;
    throw new ApiFailure("offline", "the API does not answer");
  });
  if (answer.ok) return answer;
  throw failureOf(answer.status, (await answer.json().catch(() => null)) as Partial<Problem> | null);
}

/** Longer than any answer takes that is still worth having: a read, and a write that may call a tool first. */
const PATIENCE_MS = { GET: 15_000, POST: 60_000, DELETE: 60_000 } as const;

/** The answer's JSON. One that does not come in time is a failure, too: nobody waits for ever. */
export async function read<T>(path: string, token: string, call: Call = {}): Promise<T> {
  const patience = PATIENCE_MS[call.method ?? "GET"];
  const watch = new AbortController();
  const timer = setTimeout(() => watch.abort(), patience);
  const signal = call.signal ? AbortSignal.any([call.signal, watch.signal]) : watch.signal;
  try {
    return (await (await request(path, token, { ...call, signal })).json()) as T;
  } catch (wrong) {
    if (!watch.signal.aborted || call.signal?.aborted) throw wrong;
    throw new ApiFailure("late", `the API did not answer within ${patience / 1000} s`);
  } finally {
    clearTimeout(timer);
  }
}
