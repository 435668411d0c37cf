"use client";

import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { read, ApiFailure } from "@/lib/api/client";
import type { Me } from "@/lib/api/types";
import { Notice } from "@/components/ui/states";
import { kept, keepToken } from "./session";
import { SignIn } from "./SignIn";

export interface Session {
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

type Standing = { is: "looking" } | { is: "out"; why: string } | { is: "unsure"; why: string } | { is: "in"; me: Me };

/** Shows what it holds to whoever has a good token, and the door to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const [token, setToken] = useState("");
  const [standing, setStanding] = useState<Standing>({ is: "looking" });
  const cache = useQueryClient();

  const enter = useCallback(async (candidate: string) => {
    try {
      const me = await read<Me>("/api/v1/me", candidate);
      if (!me.role) return setStanding({ is: "out", why: "That is the webhook's token: it posts alerts and reads nothing." });
      keepToken(window.sessionStorage, candidate);
      setToken(candidate);
      setStanding({ is: "in", me });
    } catch (wrong) {
      const failure = wrong instanceof ApiFailure ? wrong : new ApiFailure("refused", String(wrong));
      if (failure.kind !== "signed-out") return setStanding({ is: "unsure", why: failure.message });
      keepToken(window.sessionStorage, "");
      setStanding({ is: "out", why: failure.message });
    }
  }, []);

  useEffect(() => {
    const known = kept(window.sessionStorage);
    queueMicrotask(() => (known ? void enter(known) : setStanding({ is: "out", why: "" })));
  }, [enter]);

  const leave = useCallback(() => {
    keepToken(window.sessionStorage, "");
    setToken("");
    cache.clear();
    setStanding({ is: "out", why: "" });
  }, [cache]);

  const me = standing.is === "in" ? standing.me : null;
  const session = useMemo(() => (me && token ? { token, me, leave } : null), [me, token, leave]);
  if (session) return <Context.Provider value={session}>{children}</Context.Provider>;
  if (standing.is === "unsure") {
    return (
      <Notice kind="offline" title="The API does not answer" action={["Try again", () => void enter(kept(window.sessionStorage))]}>
        {standing.why}. Is the platform up? <code>sre-agent status</code> says so.
      </Notice>
    );
  }
  if (standing.is === "out") return <SignIn why={standing.why} enter={enter} />;
  return <Notice kind="loading" title="Looking who you are …" />;
}
