import { clock } from "@/lib/words";
import { barsOf, highest, type Signals } from "./view";

const HEIGHT = 60;

function moments(step: number): (at: string) => string {
  return (at) => (step < 86_400 ? clock(at) : new Date(at).toLocaleDateString());
}

/** Incidents that ended, step by step: what the agent completed below, what it handed over above. */
export function Ended({ signals }: { signals: Signals }) {
  const say = moments(signals.step_seconds);
  const bars = barsOf(signals, say);
  const scale = HEIGHT / highest(bars);
  const [first, last] = [bars[0], bars.at(-1)];
  return (
    <figure className="p-4">
      <svg role="img" aria-label={`Incidents that ended: ${signals.completed} completed, ${signals.handed_over} handed over`} viewBox={`0 0 ${Math.max(1, bars.length)} ${HEIGHT}`} preserveAspectRatio="none" className="h-28 w-full rounded bg-ground">
        {bars.map((bar, at) => (
          <g key={bar.at}>
            <title>{bar.label}</title>
            <rect x={at} y={0} width={1} height={HEIGHT} fill="transparent" />
            <rect x={at + 0.1} width={0.8} y={HEIGHT - bar.completed * scale} height={bar.completed * scale} fill="var(--good)" />
            <rect x={at + 0.1} width={0.8} y={HEIGHT - (bar.completed + bar.handedOver) * scale} height={bar.handedOver * scale} fill="var(--warn)" />
          </g>
        ))}
      </svg>
      <figcaption className="mt-1 flex flex-wrap justify-between gap-2 text-xs text-muted">
        <span>{first && say(first.at)}</span>
        <span>
          <span className="text-good">■</span> completed <span className="text-warn">■</span> handed to a person
        </span>
        <span>{last && say(last.at)}</span>
      </figcaption>
    </figure>
  );
}
