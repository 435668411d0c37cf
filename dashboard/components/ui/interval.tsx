interface IntervalProps {
  value: number;
  low: number;
  high: number;
  label: string;
}

/** A share from 0 to 1 as a bar, with the range in which it may really lie. */
export function Interval({ value, low, high, label }: IntervalProps) {
  return (
    <svg role="img" aria-label={label} viewBox="0 0 100 10" preserveAspectRatio="none" className="h-3 w-full min-w-20">
      <rect width={100} height={10} fill="var(--raised)" />
      <rect width={value * 100} height={10} fill="var(--accent)" opacity={0.45} />
      <line x1={low * 100} x2={high * 100} y1={5} y2={5} stroke="var(--ink)" strokeWidth={1.2} vectorEffect="non-scaling-stroke" />
      {[low, high].map((at, index) => (
        <line key={index} x1={at * 100} x2={at * 100} y1={2} y2={8} stroke="var(--ink)" strokeWidth={1.2} vectorEffect="non-scaling-stroke" />
      ))}
    </svg>
  );
}
