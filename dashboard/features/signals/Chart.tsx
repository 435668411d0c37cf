import { sparkPath } from "@/lib/spark";
import { figure } from "@/lib/words";
import { visible } from "@/features/journal/look";
import { rangeBefore, type Series } from "./view";

const WIDTH = 300;
const HEIGHT = 44;

interface Props {
  series: Series;
  lasted: readonly [from: number, until: number] | null;
  calm: number | null;
  steps: readonly number[];
}

/** One series: grey the range while all was well, reddish the incident, red where it began, blue where a step was done. */
export function Chart({ series, lasted, calm, steps }: Props) {
  const known = series.values.filter((each) => each !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(...known)];
  const first = series.times[0] ?? 0;
  const span = (series.times.at(-1) ?? first) - first || 1;
  const across = (at: number) => ((at - first) / span) * WIDTH;
  const inside = (at: number) => at >= first && at <= first + span;
  const up = (value: number) => HEIGHT - ((value - low) / (high - low || 1)) * HEIGHT;
  const [begun, ended] = lasted ? [Math.max(lasted[0], first), Math.min(lasted[1], first + span)] : [0, 0];
  const before = rangeBefore(series, calm);
  const last = known.at(-1);
  return (
    <figure className="min-w-0">
      <figcaption className="flex justify-between gap-2 text-xs text-muted">
        <span className="truncate">{visible(series.label)}</span>
        <span className="min-w-0">
          {before && `before ${figure(before[0])} to ${figure(before[1])}, `}last {last === undefined ? "nothing" : figure(last)}
        </span>
      </figcaption>
      <svg role="img" aria-label={`${series.label}: from ${figure(low)} to ${figure(high)}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="h-11 w-full rounded bg-ground">
        {before && <rect x={0} width={WIDTH} y={up(before[1])} height={Math.max(1, up(before[0]) - up(before[1]))} fill="var(--muted)" opacity={0.25} />}
        {ended > begun && <rect x={across(begun)} width={across(ended) - across(begun)} y={0} height={HEIGHT} fill="var(--bad)" opacity={0.12} />}
        {lasted && inside(lasted[0]) && <line x1={across(lasted[0])} x2={across(lasted[0])} y1={0} y2={HEIGHT} stroke="var(--bad)" />}
        {steps.filter(inside).map((at) => (
          <line key={at} x1={across(at)} x2={across(at)} y1={0} y2={HEIGHT} stroke="var(--accent)" strokeDasharray="3 2" />
        ))}
        <path d={sparkPath(series.values, { width: WIDTH, height: HEIGHT, floor: low, ceiling: high })} fill="none" stroke="var(--ink)" strokeWidth={1.4} vectorEffect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}
