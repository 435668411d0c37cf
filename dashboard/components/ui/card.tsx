import type { ReactNode } from "react";

interface CardProps {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  id?: string;
}

export function Card({ title, aside, children, id }: CardProps) {
  return (
    <section id={id} aria-label={title} className="min-w-0 rounded-lg border border-line bg-panel">
      <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2">
        <h2 className="text-sm font-semibold">{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

const TONES = {
  good: "border-good text-good",
  bad: "border-bad text-bad",
  warn: "border-warn text-warn",
  calm: "border-line text-muted",
  accent: "border-accent text-accent",
} as const;

export type Tone = keyof typeof TONES;

export function Badge({ tone = "calm", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`inline-block rounded border px-1.5 py-0.5 text-xs whitespace-nowrap ${TONES[tone]}`}>{children}</span>;
}
