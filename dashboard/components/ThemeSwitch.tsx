"use client";

import { useEffect, useState } from "react";
import { Choice } from "./ui/field";

const PLACE = "sre-agent.theme";
const THEMES = [
  ["", "System colours"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

/** Light, dark, or as the system says; a wish is kept in this browser. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(() => (typeof window === "undefined" ? "" : (window.localStorage.getItem(PLACE) ?? "")));
  useEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    window.localStorage.setItem(PLACE, theme);
  }, [theme]);
  return <Choice label="Colours" options={THEMES} value={theme} onChange={setTheme} className="w-36" />;
}
