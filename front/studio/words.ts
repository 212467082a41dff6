// Numbers, dates and verdicts in words, as in the report.

import { heapOf } from "../report/draws";
import type { Firmness, Verdict } from "./api";

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

export const FIRM: Record<NonNullable<Firmness>, string> = {
  "built in": "built in", firm: "firm", leaning: "leaning", contested: "contested", against: "against most draws",
};

// The colour of a verdict: that of the heap in which it lies in the report.
export function tone(verdict: Verdict, firmness: Firmness): string {
  if (verdict === "no answer") return "heap-none";
  return verdict === "open" ? "heap-thread" : heapOf(firmness, verdict === "follows");
}

// As many digits as one step of a slider needs: its values and its ends are written alike.
export const digitsFor = (step: number): number => Math.min(12, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));

// A value with so many digits; one that was typed with more keeps them.
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Math.abs(Number(text) - value) <= 1e-9 * Math.abs(value) ? text : String(Number(value.toPrecision(6)));
}

export const plain = (name: string): string => name.replaceAll("_", " ");

export const named = (verdict: string): string => verdict[0].toUpperCase() + verdict.slice(1);
