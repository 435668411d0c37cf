/** Prometheus' text format, read for people: each family with its help and its samples; pure. */

export interface Sample {
  labels: string;
  value: number;
}

export interface Family {
  name: string;
  help: string;
  samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? +(\S+)/;
/** Buckets are for machines; counts and sums say the same to people. */
const FOR_MACHINES = /_(bucket|created)$/;

export function familiesOf(text: string): Family[] {
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  for (const line of text.split("\n")) {
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    if (help) helps.set(help[1] ?? "", help[2] ?? "");
    const [, name, labels = "", value] = line.startsWith("#") ? [] : (SAMPLE.exec(line) ?? []);
    if (!name || FOR_MACHINES.test(name) || value === undefined || Number.isNaN(Number(value))) continue;
    const family = families.get(name) ?? { name, help: helpOf(name, helps), samples: [] };
    family.samples.push({ labels, value: Number(value) });
    families.set(name, family);
  }
  return [...families.values()];
}

function helpOf(name: string, helps: ReadonlyMap<string, string>): string {
  return helps.get(name) ?? helps.get(name.replace(/_(total|count|sum)$/, "")) ?? "";
}

/** Ours before those of the interpreter and the process; then by name. */
export function ordered(families: readonly Family[]): Family[] {
  const rank = (each: Family) => (/^(python|process)_/.test(each.name) ? 1 : 0);
  return [...families].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}

export function matching(families: readonly Family[], words: string): Family[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return families.filter((each) => wanted.every((word) => `${each.name} ${each.help}`.toLowerCase().includes(word)));
}
