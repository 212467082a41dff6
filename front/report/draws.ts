// The draws of a run, and what those inside some ranges say: the same counts as the run makes of all of them.

export interface Drawn {
  draws: number;
  assumptions: Record<string, number[]>;
  weights: number[] | null;
  claims: Record<string, { holds: (0 | 1 | null)[]; margin: (number | null)[] }>;
  beliefs: Record<string, (number | null)[][]>;
  forecasts: Record<string, (number | null)[][]>;
}

export interface Counted {
  draws: number;
  holds: number;
  share: number | null;
  weighed: number | null;
  median: number | null;
}

export type Ranges = Map<string, readonly [number, number]>;

/** The numbers of the draws in which every assumption lies inside its range, ends included. */
export function inside(drawn: Drawn, ranges: Ranges): number[] {
  const all = Array.from({ length: drawn.draws }, (_, number) => number);
  const asked = [...ranges].map(([name, ends]) => [drawn.assumptions[name], ends] as const);
  return all.filter((number) => asked.every(([values, [low, high]]) => values[number] >= low && values[number] <= high));
}

/** In how many of some draws a claim holds; a draw without an answer is one in which it does not. */
export function count(drawn: Drawn, claim: string, among: readonly number[]): Counted {
  const { holds, margin } = drawn.claims[claim];
  const held = among.filter((number) => holds[number] === 1);
  const weight = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + drawn.weights![number], 0);
  const whole = drawn.weights ? weight(among) : 0;
  return {
    draws: among.length,
    holds: held.length,
    share: among.length ? held.length / among.length : null,
    weighed: whole > 0 ? weight(held) / whole : null,
    median: quantile(among.map((number) => margin[number]), 0.5),
  };
}

/** A quantile of the numbers among some values, between two of them by straight lines; null where there are none. */
export function quantile(values: readonly (number | null)[], part: number): number | null {
  const known = values.filter((value): value is number => value !== null).sort((one, other) => one - other);
  if (!known.length) return null;
  const place = part * (known.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, known.length - 1);
  return known[below] + (place - below) * (known[above] - known[below]);
}

/** How firmly a verdict stands, from the share of draws that have it: the words of the run. */
export function firmness(share: number, everywhere: boolean): string {
  if (everywhere) return "built in";
  return share >= 0.95 ? "firm" : share >= 0.75 ? "leaning" : share >= 0.25 ? "contested" : "against most draws";
}

/** The heap whose colour a verdict has, which says no more than its firmness does; null where too few draws were tried. */
export function heapOf(firmness: string | null, follows: boolean): string {
  if (firmness === null) return "untried";
  if (firmness === "built in") return "heap-built";
  if (firmness === "firm" || firmness === "leaning") return follows ? "heap-stands" : "heap-fails";
  return "heap-thread";
}
