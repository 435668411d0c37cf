import type { ButtonHTMLAttributes } from "react";

const LOOKS = {
  plain: "border-line bg-panel hover:bg-raised",
  primary: "border-accent bg-accent text-on-accent hover:opacity-90",
  danger: "border-bad text-bad bg-panel hover:bg-raised",
} as const;

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: keyof typeof LOOKS;
  /** Why it cannot be pressed now; empty: it can. */
  why?: string;
}

export function Button({ look = "plain", className = "", type = "button", why = "", disabled = false, title, ...rest }: Props) {
  const shape = "min-h-9 rounded-md border px-3 py-1.5 text-sm font-medium disabled:cursor-not-allowed disabled:opacity-50";
  return <button type={type} className={`${shape} ${LOOKS[look]} ${className}`} disabled={disabled || why !== ""} title={why || title} {...rest} />;
}
