import { sparkPath } from "@/lib/spark";

interface SparkProps {
  values: readonly (number | null)[];
  label: string;
  floor?: number;
  ceiling?: number;
  width?: number;
  height?: number;
}

/** A line as high as a word. */
export function Spark({ values, label, floor, ceiling, width = 64, height = 18 }: SparkProps) {
  if (values.filter((each) => each !== null).length < 2) return null;
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`} className="shrink-0 overflow-visible">
      <path d={sparkPath(values, { width, height, floor, ceiling })} fill="none" stroke="var(--accent)" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
