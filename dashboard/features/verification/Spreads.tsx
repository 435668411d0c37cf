import type { Spread } from "./view";

const COLOURS: Readonly<Record<Spread["when"], string>> = { before: "var(--muted)", during: "var(--bad)", after: "var(--accent)" };

/** One box for each stretch of time: nine in ten within the line, half within the box, the middle as a stroke. */
export function Spreads({ of: spreads }: { of: readonly Spread[] }) {
  if (spreads.length === 0) return null;
  return (
    <ul aria-label="How it scattered" className="my-1 max-w-sm">
      {spreads.map(({ when, said, places: [a, b, c, d, e] }) => (
        <li key={when} className="grid grid-cols-[3.5rem_1fr] items-center gap-2 text-xs text-muted">
          <span aria-hidden="true">{when}</span>
          <svg role="img" aria-label={said} viewBox="0 0 100 10" preserveAspectRatio="none" className="h-3 w-full overflow-visible">
            <title>{said}</title>
            <line x1={a} x2={e} y1={5} y2={5} stroke={COLOURS[when]} strokeWidth={1} vectorEffect="non-scaling-stroke" />
            <rect x={b} width={Math.max(d - b, 0.6)} y={1} height={8} fill={COLOURS[when]} opacity={0.35} />
            <line x1={c} x2={c} y1={0} y2={10} stroke={COLOURS[when]} strokeWidth={2} vectorEffect="non-scaling-stroke" />
          </svg>
        </li>
      ))}
    </ul>
  );
}
