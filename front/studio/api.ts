// What the studio's server is asked and answers. The fields are those of src/longgame/studio/models.py and of the answers.

export interface Shot { origin: string; text: string | null; values: Record<string, number> }

export interface Problem {
  code: string; severity: "error" | "warning"; file: string | null; line: number | null; column: number | null;
  path: string; expected: string; found: string; fix: string;
}
export interface Assumption {
  name: string; value: number; range: [number, number] | null; distribution: Record<string, number[]> | null;
  unit: string; source: string; because: string; says: string; low: number; high: number;
}
export interface Opened {
  title: string; about: string; name: string; sha256: string; assumptions: Assumption[]; actors: Record<string, string>;
  worlds: string[]; size: Record<string, unknown>; exact: boolean; lattice: number;
  estimate: { seconds: number; bytes: number };
}
export type Verdict = "follows" | "fails" | "open" | "no answer";
export type Firmness = "built in" | "firm" | "leaning" | "contested" | "against" | null;
export interface Claim {
  id: string; says: string; holds: boolean | null; margin: number | null; verdict: Verdict; firmness: Firmness;
  error: number | null; status: string; note: string; question: string; at: string | number;
  shows: Record<string, number | boolean | null>; jumps: number; unit?: string;
}
export interface Belief {
  evidence: string | null; on: string | number | null; says: string; source: string; posterior: Record<string, number>;
  marginals: Record<string, Record<string, number>>; bayes_factors: Record<string, Record<string, number | null>>;
}
export interface Base { claims: Claim[]; beliefs: Belief[]; errors: boolean; seconds?: number }
export interface Shares {
  done: number; size: number; share: (number | null)[]; valid?: number; firmness?: Firmness[]; spread?: (number | null)[];
}
export interface Slopes { assumption: string; slopes: (number | null)[] }
export interface ScenarioFile { origin: string; title: string; group: string }
export interface Scenarios { scenarios: ScenarioFile[]; opened: string; folder: string }
export interface Stretch { line: number; column: number; end_line: number; end_column: number }
export interface Mark { stretch: Stretch; problem: Problem }
export interface Offer { name: string; kind: string; says: string; insert: string }

export interface Cell { text: string; page: string; small: string; best: boolean; swing: number | null }
export interface Drawn { kind: "Figure"; spec: unknown; says: string; title: string; text: string }
export type Part =
  | Drawn
  | { kind: "Line"; text: string; tone: "plain" | "aside" | "warning" }
  | { kind: "Heading"; text: string }
  | { kind: "Points"; items: string[] }
  | { kind: "Table"; title: string; headings: string[]; numbers: boolean[]; rows: Cell[][]; total: boolean };

export class Refused extends Error {
  constructor(readonly problems: Problem[]) {
    super(problems.map(inWords).join("\n"));
  }
}

export function inWords(problem: Problem): string {
  const file = problem.file?.split(/[\\/]/).pop();
  const place = problem.line ? `${file ? `${file}, ` : ""}line ${problem.line}` : problem.path.replace(/^--set /, "");
  const found = problem.found.replace(/\.$/, "");
  return `${place ? `${place}: ` : ""}expected ${problem.expected}, found ${found}.${problem.fix ? ` ${problem.fix}` : ""}`;
}

async function post(path: string, asked: unknown, signal?: AbortSignal): Promise<Response> {
  const answer = await fetch(`api/${path}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked), signal,
  });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => null);
  throw said?.problems ? new Refused(said.problems) : new Error(`The studio answered with ${answer.status}.`);
}

export async function ask<T>(path: string, asked?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = asked === undefined ? await fetch(`api/${path}`, { signal }) : await post(path, asked, signal);
  if (!answer.ok) throw new Error(`The studio answered with ${answer.status}.`);
  return (await answer.json()) as T;
}

// Server-sent events as an answer to a question. To stop listening is to stop the work.
export async function listen(
  path: string, asked: unknown, signal: AbortSignal, tell: (kind: string, data: any) => void,
): Promise<void> {
  const answer = await post(path, asked, signal);
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const kind = /^event: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (kind && data) tell(kind, JSON.parse(data));
    }
  }
}
