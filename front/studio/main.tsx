// The studio's page.

import { render } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { ask, inWords, listen } from "./api";
import type { Shot } from "./api";
import { Board } from "./board";
import { Compare } from "./compare";
import { Deals } from "./deals";
import { Editing } from "./editing";
import { Evidence } from "./evidence";
import { Picture } from "./picture";
import { Sliders } from "./sliders";
import { Store } from "./store";

const store = new Store();
const TABS = [["claims", "Claims"], ["assumptions", "Assumptions"], ["evidence", "Evidence"], ["game", "Game"], ["deals", "Deals"], ["scenario", "Scenario"], ["compare", "Compare"]] as const;
type Tab = (typeof TABS)[number][0];

function download(name: string, kind: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function Studio() {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const [tab, setTab] = useState<Tab>("claims");
  const [wanted, setWanted] = useState<{ name: string } | null>(null);
  const saving = useRef<HTMLDialogElement>(null);
  const exporting = useRef<AbortController | null>(null);
  const [exported, setExported] = useState("");
  useEffect(() => {
    const stop = store.subscribe(() => draw(0));
    store.start().catch((error) => store.refused(error));
    return stop;
  }, []);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && (event.target.isContentEditable || (event.target instanceof HTMLInputElement && event.target.type !== "range"));
      if (typing || !(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) store.undo();
      else if (key === "y" || (key === "z" && event.shiftKey)) store.redo();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  const { opened, shot } = store;
  useEffect(() => { document.title = opened ? `${opened.title} · longgame studio` : "longgame studio"; }, [opened]);

  const share = async () => {
    const text = shot.text ?? (await ask<{ text: string }>("text", { state: shot })).text;
    const state = { longgame: "state", version: 1, title: opened?.title ?? "", origin: shot.origin, text, values: shot.values };
    download(`${opened?.name || "state"}.longgame.json`, "application/json", JSON.stringify(state, null, 2));
  };
  const load = async (file: File | undefined) => {
    if (!file) return;
    try {
      const state = JSON.parse(await file.text());
      if (state?.longgame !== "state" || typeof state.origin !== "string") throw new Error("The file holds no state of the studio.");
      store.go({ origin: state.origin, text: state.text ?? null, values: state.values ?? {} } as Shot);
    } catch (error) { store.refused(error); }
  };
  const report = async () => {
    exporting.current?.abort();
    const work = (exporting.current = new AbortController());
    setExported("Making the page…");
    try {
      await listen("report", { state: shot }, work.signal, (kind, data) => {
        if (kind === "progress") setExported(data.total > 1 ? `${data.stage}: ${data.done} of ${data.total}` : data.stage);
        if (kind === "page") download(`${data.name}.html`, "text/html", data.html);
        if (kind === "problem") { store.problems = data.problems; store.changed(); }
      });
    } catch (error) { if (!work.signal.aborted) store.refused(error); }
    setExported("");
  };
  const focus = (name: string) => { if (matchMedia("(max-width: 60rem)").matches) setTab("assumptions"); setWanted({ name }); };
  const groups = [...new Set(store.scenarios.map((one) => one.group))];
  const known = store.scenarios.some((one) => one.origin === shot.origin);
  const tabKeys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const there = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]")].filter((one) => one.offsetParent !== null);
    const next = there[(there.findIndex((one) => one.getAttribute("aria-selected") === "true") + step + there.length) % there.length];
    next.click();
    next.focus();
    event.preventDefault();
  };
  return (
    <>
      <a class="skip" href="#panel">To the claims</a>
      <header>
        <div class="top">
          <p class="eyebrow">longgame studio</p>
          <label class="pick"><span class="unseen">Scenario</span>
            <select value={shot.origin} onChange={(event) => store.go({ origin: event.currentTarget.value, text: null, values: {} })}>
              {!known && shot.origin && <option value={shot.origin}>{shot.origin.replace(/^\w+:/, "")}</option>}
              {groups.map((group) => <optgroup label={group[0].toUpperCase() + group.slice(1)}>
                {store.scenarios.filter((one) => one.group === group).map((one) => <option value={one.origin}>{one.title}</option>)}
              </optgroup>)}
            </select>
          </label>
          <div class="tools" role="group" aria-label="State">
            <button class="plain" disabled={!store.canUndo} onClick={() => store.undo()}>Undo</button>
            <button class="plain" disabled={!store.canRedo} onClick={() => store.redo()}>Redo</button>
            <button class="plain" disabled={!opened} onClick={() => saving.current?.showModal()}>Save…</button>
            <button class="plain" disabled={!opened} onClick={() => { share().catch((error) => store.refused(error)); }}>Share</button>
            <label class="button plain">Open<input class="unseen" type="file" accept="application/json,.json" aria-label="Open a state that was shared"
              onChange={(event) => { void load(event.currentTarget.files?.[0]); event.currentTarget.value = ""; }} /></label>
            {exported ? <button class="plain" onClick={() => exporting.current?.abort()}>Stop the page</button>
              : <button class="plain" disabled={!opened} onClick={report}>Export page</button>}
          </div>
        </div>
        <h1>{opened?.title ?? (store.problems.length ? "This scenario cannot be opened yet" : "Opening…")}</h1>
        {opened?.about && <p class="lede">{opened.about}</p>}
      </header>
      <div class="status" role="status">
        {store.saved && <span class="saved">Saved as {store.saved}.</span>}
        {store.drag ? <>An estimate while you drag. Let go for exact numbers.</> : store.stage || exported ? <><span class="spin" aria-hidden="true" />{exported || store.stage}
          {store.stage && <button class="plain" onClick={() => store.stop()}>Stop</button>}</>
          : store.base ? <>Exact at the sliders' values{store.took !== null && <span class="faint">, {store.took < 10 ? store.took.toFixed(1) : Math.round(store.took)} s after the last change</span>}</> : null}
      </div>
      <p class="unseen" aria-live="polite">{store.note}</p>
      {store.problems.length > 0 && <div class="warning" role="alert"><ul>{store.problems.map((problem) => <li>{inWords(problem)}</li>)}</ul></div>}
      <main>
        <aside class={tab === "assumptions" ? "here" : ""}><Sliders store={store} wanted={wanted} /></aside>
        <div class="work">
          <div role="tablist" aria-label="Panels" onKeyDown={tabKeys}>
            {TABS.map(([id, name]) => <button role="tab" id={`tab-${id}`} class={id} aria-selected={tab === id} aria-controls="panel" tabIndex={tab === id ? 0 : -1} onClick={() => setTab(id)}>{name}</button>)}
          </div>
          <div role="tabpanel" id="panel" class={tab} aria-labelledby={`tab-${tab}`} tabIndex={-1}>
            {tab === "evidence" ? <Evidence store={store} /> : tab === "game" ? <Picture store={store} />
              : tab === "deals" ? <Deals store={store} />
              : tab === "scenario" ? <Editing store={store} save={() => saving.current?.showModal()} />
              : tab === "compare" ? <Compare store={store} /> : <Board store={store} focus={focus} />}
          </div>
        </div>
      </main>
      <Saving dialog={saving} />
    </>
  );
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;
const ALLOWED = "Letters a to z, digits, - and _, beginning with a letter or digit; no spaces. For example: my-rent";

function Saving({ dialog }: { dialog: { current: HTMLDialogElement | null } }) {
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [said, setSaid] = useState<string[]>([]);
  const [taken, setTaken] = useState(false);
  const save = async (replace: boolean) => {
    if (!NAME.test(name)) {
      setSaid([`“${name}” cannot be a file's name here. ${ALLOWED}`]);
      return;
    }
    try {
      const saved = await ask<{ origin: string; file: string }>("save", { state: store.shot, name, title, replace });
      await store.refresh();
      dialog.current?.close();
      setSaid([]);
      setTaken(false);
      store.go({ origin: saved.origin, text: null, values: {} });
      store.saved = saved.file;
    } catch (error: any) {
      setTaken(Boolean(error.problems?.some((one: { code: string }) => one.code === "file-exists")));
      setSaid(error.problems ? error.problems.map(inWords) : [String(error)]);
    }
  };
  const edited = store.shot.text !== null;
  return (
    <dialog ref={dialog} aria-labelledby="save-title">
      <form noValidate onSubmit={(event) => { event.preventDefault(); void save(false); }}>
        <h2 id="save-title">Save</h2>
        <p>{edited ? "The edited text is written as a scenario file." : "A scenario is written that extends the one opened and sets the assumptions that you moved."}</p>
        <label>Name of the file <input value={name} required maxLength={80} aria-describedby="save-allowed" onInput={(event) => { setName(event.currentTarget.value); setTaken(false); setSaid([]); }} /></label>
        <p class="small" id="save-allowed">{ALLOWED}</p>
        {!edited && <label>Title <input value={title} maxLength={200} placeholder={store.opened?.title} onInput={(event) => setTitle(event.currentTarget.value)} /></label>}
        <p class="small">{name || "NAME"}.yaml in {store.folder}</p>
        {said.length > 0 && <ul class="warning" role="alert">{said.map((text) => <li>{text}</li>)}</ul>}
        <div class="buttons">
          <button type="button" class="plain" onClick={() => dialog.current?.close()}>Cancel</button>
          {taken && <button type="button" onClick={() => void save(true)}>Replace it</button>}
          <button>Save</button>
        </div>
      </form>
    </dialog>
  );
}

render(<Studio />, document.getElementById("studio")!);
