// What the page knows: the state that is shown, those before and after it, and what was found for it so far.

import { ask, listen, Refused } from "./api";
import type { Base, Claim, Opened, Problem, ScenarioFile, Scenarios, Shares, Shot, Slopes, Verdict } from "./api";

export interface Kept { name: string; shot: Shot; claims: Claim[]; shares: Shares | null; title: string }
export interface Drag { name: string; value: number }

const DRAWS = 128;
const TIE = 1e-9;

export class Store {
  scenarios: ScenarioFile[] = [];
  folder = "";
  shot: Shot = { origin: "", text: null, values: {} };
  opened: Opened | null = null;
  base: Base | null = null; // exact, at `at`
  at: Record<string, number> = {};
  slopes = new Map<string, (number | null)[]>();
  shares: Shares | null = null;
  stale = false; // the shares are those of another state
  drag: Drag | null = null;
  stage = ""; // what is being worked out; empty: nothing
  solving = false; // the exact claims of this state are not there yet
  problems: Problem[] = [];
  saved = ""; // the file that this state was just saved as
  note = ""; // what was done, for those who do not see it
  kept: Kept[] = [];
  touched: string[] = [];
  took: number | null = null; // seconds from the release to the exact claims

  private before: Shot[] = [];
  private after: Shot[] = [];
  private work: AbortController | null = null;
  private listeners = new Set<() => void>();
  private drawing = false;

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      for (const listener of this.listeners) listener();
    });
  }

  async start(): Promise<void> {
    const { scenarios, opened, folder } = await ask<Scenarios>("scenarios");
    this.scenarios = scenarios;
    this.folder = folder;
    this.show({ origin: opened, text: null, values: {} });
  }

  async refresh(): Promise<void> {
    this.scenarios = (await ask<Scenarios>("scenarios")).scenarios;
    this.changed();
  }

  // --- states ---

  get canUndo(): boolean { return this.before.length > 0; }
  get canRedo(): boolean { return this.after.length > 0; }
  get moved(): string[] { return Object.keys(this.shot.values); }

  value(name: string): number {
    if (this.drag?.name === name) return this.drag.value;
    return this.shot.values[name] ?? this.own(name);
  }

  own(name: string): number {
    return this.opened?.assumptions.find((one) => one.name === name)?.value ?? NaN;
  }

  go(shot: Shot): void {
    if (this.shot.origin) this.before.push(this.shot);
    this.after = [];
    this.show(shot);
  }

  set(name: string, value: number): void {
    const values = { ...this.shot.values };
    if (value === this.own(name)) delete values[name];
    else values[name] = value;
    this.drag = null;
    if (values[name] === this.shot.values[name]) return this.changed();
    this.touched = [name, ...this.touched.filter((other) => other !== name)].slice(0, 6);
    this.go({ ...this.shot, values });
  }

  reset(): void {
    if (this.moved.length) this.go({ ...this.shot, values: {} });
  }

  undo(): void {
    const shot = this.before.pop();
    if (!shot) return;
    this.after.push(this.shot);
    this.show(shot);
  }

  redo(): void {
    const shot = this.after.pop();
    if (!shot) return;
    this.before.push(this.shot);
    this.show(shot);
  }

  // --- work ---

  private show(shot: Shot): void {
    const other = shot.origin !== this.shot.origin || shot.text !== this.shot.text;
    this.shot = shot;
    this.saved = "";
    this.drag = null;
    if (other || !this.opened) {
      this.opened = this.base = this.shares = null;
      this.slopes.clear();
      this.touched = [];
    }
    void this.solve();
  }

  stop(): void {
    this.work?.abort();
    this.work = null;
    this.stage = "";
    this.solving = false;
    this.changed();
  }

  async solve(): Promise<void> {
    this.work?.abort();
    const work = (this.work = new AbortController());
    const shot = this.shot;
    const began = performance.now();
    this.problems = [];
    this.stale = this.shares !== null;
    this.solving = true;
    this.stage = this.opened ? "Solving" : "Opening";
    this.changed();
    const asked = { state: shot, draws: DRAWS, first: this.touched, describe: this.opened === null };
    try {
      await listen("solve", asked, work.signal, (kind, data) => {
        if (this.work !== work) return;
        this.take(kind, data, shot, began);
        this.changed();
      });
    } catch (error) {
      if (this.work !== work) return;
      this.refused(error);
    }
    if (this.work === work) {
      this.stage = "";
      this.solving = false;
      this.changed();
    }
  }

  private take(kind: string, data: any, shot: Shot, began: number): void {
    if (kind === "progress") this.stage = data.total > 1 ? `${data.stage}: ${data.done} of ${data.total}` : data.stage;
    else if (kind === "opened") this.opened = data as Opened;
    else if (kind === "claims" || kind === "errors") {
      this.base = { ...(data as Base), seconds: data.seconds ?? this.base?.seconds };
      this.at = shot.values;
      if (kind === "claims") {
        this.solving = false;
        this.stage = "Working out errors, slopes and shares";
        this.took = (performance.now() - began) / 1000;
        this.note = `Solved. ${tally(this.base.claims)}`;
      }
    } else if (kind === "slopes") {
      const { assumption, slopes } = data as Slopes;
      this.slopes.set(assumption, slopes);
    } else if (kind === "shares") {
      this.shares = data as Shares;
      this.stale = false;
      this.stage = `Draws: ${data.done} of ${data.size}`;
      const firmness = this.shares.firmness;
      if (firmness && this.base) {
        this.base.claims.forEach((claim, index) => { claim.firmness = firmness[index] ?? null; });
      }
    } else if (kind === "problem") this.problems = data.problems as Problem[];
  }

  refused(error: unknown): void {
    if (error instanceof Refused) this.problems = error.problems;
    else {
      const found = error instanceof Error ? error.message : String(error);
      this.problems = [{
        code: "studio", severity: "error", file: null, line: null, column: null, path: "", expected: "an answer of the studio",
        found, fix: "Is `longgame studio` still running in its terminal?",
      }];
    }
    this.changed();
  }

  // --- what is shown of a claim: exact, or while a slider is dragged to first order ---

  preview(index: number): { margin: number | null; moved: boolean; known: boolean } {
    const exact = this.base?.claims[index]?.margin ?? null;
    const names = new Set([...Object.keys(this.at), ...Object.keys(this.shot.values), ...(this.drag ? [this.drag.name] : [])]);
    let margin = exact;
    let moved = false, known = true;
    for (const name of names) {
      const by = this.value(name) - (this.at[name] ?? this.own(name));
      if (!by) continue;
      moved = true;
      const slope = this.slopes.get(name)?.[index];
      if (slope === undefined || slope === null || margin === null) known = false;
      else margin += slope * by;
    }
    return { margin, moved, known };
  }

  keep(name: string): void {
    if (!this.base || !this.opened) return;
    const claims = this.base.claims.map((claim) => ({ ...claim }));
    this.kept = [...this.kept, { name, shot: this.shot, claims, shares: this.stale ? null : this.shares, title: this.opened.title }];
    this.note = `Kept as ${name}.`;
    this.changed();
  }
}

export function verdictOf(margin: number | null, error: number | null): Verdict {
  if (margin === null) return "no answer";
  if (Math.abs(margin) <= Math.max(error ?? 0, TIE)) return "open";
  return margin > 0 ? "follows" : "fails";
}

export function tally(claims: Claim[]): string {
  const words: [Verdict, string][] = [["follows", "follow"], ["fails", "fail"], ["open", "open"], ["no answer", "without answer"]];
  const parts = words.map(([verdict, word]) => [claims.filter((one) => one.verdict === verdict).length, word] as const);
  return `${claims.length} claims: ${parts.filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ")}.`;
}
