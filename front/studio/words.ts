// Numbers and dates in words, as in the report.

export function number(value: number | null | undefined, signed = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "none";
  const size = Math.abs(value) < 1e-12 ? 0 : Math.abs(value); // less is rounding
  const digits = size === 0 ? 0 : size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 4;
  const text = size > 0 && size < 1e-4 ? size.toExponential(0) : size.toFixed(digits);
  const sign = value < 0 && size > 0 ? "−" : signed && size > 0 ? "+" : "";
  return sign + text;
}

export const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : `${Math.round(100 * value)} %`;

export const plain = (name: string): string => name.replaceAll("_", " ");

export const named = (verdict: string): string => verdict[0].toUpperCase() + verdict.slice(1);
