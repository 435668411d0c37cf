/** The path of a small line chart; pure. */

interface Box {
  width: number;
  height: number;
  floor?: number | undefined;
  ceiling?: number | undefined;
}

/** From left to right; where a value is missing the line is broken. */
export function sparkPath(values: readonly (number | null)[], box: Box): string {
  const known = values.filter((each): each is number => each !== null && Number.isFinite(each));
  if (known.length === 0) return "";
  const low = box.floor ?? Math.min(...known);
  const high = box.ceiling ?? Math.max(...known);
  const span = high - low || 1;
  const step = values.length > 1 ? box.width / (values.length - 1) : 0;
  let pen = "M";
  let path = "";
  values.forEach((value, at) => {
    if (value === null || !Number.isFinite(value)) {
      pen = "M";
      return;
    }
    const y = box.height - ((value - low) / span) * box.height;
    path += `${pen}${(at * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  return path;
}
