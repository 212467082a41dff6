// The scenario's text, with what the checker says of it as it is written.

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, inWords } from "./api";
import type { Mark } from "./api";
import type { Store } from "./store";

interface Editor { text(): string; goTo(line: number, column: number): void; close(): void }
interface Module {
  edit(into: HTMLElement, text: string, origin: () => string, heard: { marks(found: Mark[]): void; changed(text: string): void; apply(): void }): Editor;
}

export function Editing({ store, save }: { store: Store; save: () => void }) {
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const [marks, setMarks] = useState<Mark[]>([]);
  const [changed, setChanged] = useState(false);
  const { origin, text } = store.shot;
  const apply = () => {
    const written = editor.current?.text();
    if (written !== undefined) store.go({ origin: store.shot.origin, text: written, values: store.shot.values });
    setChanged(false);
  };
  const latest = useRef(apply);
  latest.current = apply;
  useEffect(() => {
    let gone = false;
    (async () => {
      const shown = text ?? (await ask<{ text: string }>("text", { state: { origin, text: null, values: {} } })).text;
      if (gone || editor.current?.text() === shown) return;
      const { edit } = (await import("./editor.js" as string)) as Module;
      if (gone || !holder.current) return;
      editor.current?.close();
      setChanged(false);
      editor.current = edit(holder.current, shown, () => store.shot.origin, {
        marks: setMarks, changed: (now) => setChanged(now !== shown), apply: () => latest.current(),
      });
    })().catch((error) => store.refused(error));
    return () => { gone = true; };
  }, [origin, text]);
  useEffect(() => () => editor.current?.close(), []);
  const errors = marks.filter((mark) => mark.problem.severity === "error");
  return (
    <section aria-labelledby="editor-title" class="editing">
      <div class="board-head">
        <h2 id="editor-title">Scenario</h2>
        <button disabled={!changed || errors.length > 0} onClick={apply}>Solve this text</button>
        <button class="plain" disabled={changed} onClick={save}>Save as a file…</button>
      </div>
      <p class="small">Ctrl-Space completes names, Ctrl-Enter solves. Escape, then Tab leaves the text.</p>
      <div ref={holder} class="code" />
      <div aria-live="polite">
        {marks.length === 0 ? <p class="aside">The checker finds no mistake.</p> : (
          <ul class="marks">{marks.map((mark) => (
            <li class={mark.problem.severity}>
              <button class="link" onClick={() => editor.current?.goTo(mark.stretch.line, mark.stretch.column)}>line {mark.stretch.line}</button>
              <span> {inWords({ ...mark.problem, line: null, path: "" })}</span>
            </li>
          ))}</ul>
        )}
      </div>
    </section>
  );
}
