"use client";

import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { read, request, ApiFailure } from "@/lib/api/client";
import type { DoorView, Me, SessionView } from "@/lib/api/types";
import { Notice } from "@/components/ui/states";
import { linkIn, type Entry } from "./session";
import { SignIn } from "./SignIn";
import { useEnded } from "./useEnded";

export interface Session {
  /** Proves to the API that a call comes from this page; it opens nothing by itself. */
  token: string;
  me: Me;
  leave(): void;
}

const Context = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession is for what stands inside SessionGate");
  return session;
}

const ENDED = "Your session has ended. Enter again, and you are where you were.";

type Standing = { is: "looking" } | { is: "out"; why: string } | { is: "unsure"; why: string } | { is: "in"; me: Me };

/** Shows what it holds to whoever is signed in, and the door to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [token, setToken] = useState("");
  const [standing, setStanding] = useState<Standing>({ is: "looking" });
  const cache = useQueryClient();

  /** `unknown`: who nobody could be asked about is not shown the door, which would not open either. */
  const settle = useCallback(async (asked: Promise<SessionView | null>, unknown: "out" | "unsure" = "out") => {
    try {
      const session = await asked;
      if (!session) return setStanding({ is: "out", why: "" });
      setToken(session.csrf);
      setStanding({ is: "in", me: { name: session.name, role: session.role } });
    } catch (wrong) {
      const failure = wrong instanceof ApiFailure ? wrong : new ApiFailure("refused", String(wrong));
      const down = failure.kind === "offline" || failure.kind === "late";
      const is = down ? "unsure" : unknown;
      setStanding({ is, why: is === "out" ? `Not let in: ${failure.message}.` : failure.message });
    }
  }, []);

  const enter = useCallback((body: Entry) => settle(read<SessionView>("/api/v1/login", "", { method: "POST", body })), [settle]);
  const look = useCallback(() => {
    const link = linkIn(window.location.hash);
    if (!link) return settle(read<DoorView>("/api/v1/login", "").then((door) => door.session), "unsure");
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    return enter({ token: link });
  }, [enter, settle]);

  useEffect(() => queueMicrotask(() => void look()), [look]);
  useEnded(token !== "", (door) => {
    if (!door) cache.clear();
    setToken(door?.csrf ?? "");
    setStanding(door ? { is: "in", me: { name: door.name, role: door.role } } : { is: "out", why: ENDED });
  });

  const leave = useCallback(() => {
    void request("/api/v1/session", token, { method: "DELETE" }).catch(() => undefined);
    setToken("");
    cache.clear();
    setStanding({ is: "out", why: "" });
  }, [cache, token]);

  const me = standing.is === "in" ? standing.me : null;
  const session = useMemo(() => (me && token ? { token, me, leave } : null), [me, token, leave]);
  if (session) return <Context.Provider value={session}>{children}</Context.Provider>;
  if (standing.is === "unsure") {
    return (
      <Notice kind="offline" title="The API cannot say who you are" action={["Try again", () => void look()]}>
        {standing.why}. Is the platform up? <code>sre-agent status</code> says so.
      </Notice>
    );
  }
  if (standing.is === "out") return <SignIn why={standing.why} enter={enter} />;
  return <Notice kind="loading" title="Looking who you are …" />;
}
