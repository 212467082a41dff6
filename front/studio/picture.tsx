// The game as a picture, the likeliest paths of play, and whether deals would be kept: all made by the server.

import { useEffect, useState } from "preact/hooks";
import { ask, listen } from "./api";
import type { Part, Shot } from "./api";
import { Parts } from "./parts";
import type { Store } from "./store";

export function Picture({ store }: { store: Store }) {
  const [svg, setSvg] = useState("");
  const { shot } = store;
  const [paths, asked, draw] = useMade<string>(store, "paths", "drawing", (data) => data.svg);
  const [kept, wanted, look] = useMade<Part[]>(store, "commitment", "commitment", (data) => data.parts);
  useEffect(() => {
    const work = new AbortController();
    ask<{ svg: string }>("picture", { state: { ...shot, values: {} } }, work.signal).then((found) => setSvg(found.svg))
      .catch((error) => { if (!work.signal.aborted) store.refused(error); });
    return () => work.abort();
  }, [shot.origin, shot.text]);
  const title = store.opened?.title ?? "the scenario";
  return (
    <section aria-labelledby="picture-title">
      <h2 id="picture-title">The game</h2>
      <p class="intro">Who moves when, what each option does, what is public, and who knows what.</p>
      {svg && <Drawing svg={svg} says={`The game of ${title}`} />}
      <div class="board-head paths">
        <h2>Likely play</h2>
        <button onClick={draw} disabled={asked !== null && !paths}>
          {paths && asked === shot ? "Draw it again" : "Draw it at the sliders' values"}</button>
      </div>
      {asked !== null && !paths && <p class="intro" aria-busy="true">Following the likeliest paths…</p>}
      {paths && <>{asked !== shot && <p class="aside">Drawn for an earlier state.</p>}<Drawing svg={paths} says={`The likeliest paths of play of ${title}`} /></>}
      <div class="board-head paths">
        <h2>Commitment</h2>
        <button onClick={look} disabled={wanted !== null && !kept}>
          {kept && wanted === shot ? "Ask again" : "Would deals be kept, at the sliders' values?"}</button>
      </div>
      <p class="intro">Who could break each deal if it were made now, when that would be better than keeping it, and how long it would stand.</p>
      {wanted !== null && !kept && <p class="intro" aria-busy="true">Following the deals…</p>}
      {kept && <>{wanted !== shot && <p class="aside">This was said of an earlier state.</p>}<Parts parts={kept} /></>}
    </section>
  );
}

// What the server makes of a state when somebody asks for it: that, of which state it is, and how to ask.
function useMade<Made>(store: Store, path: string, event: string, of: (data: any) => Made): [Made | null, Shot | null, () => void] {
  const [made, setMade] = useState<Made | null>(null);
  const [asked, setAsked] = useState<Shot | null>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (asked === null) return;
    const work = new AbortController();
    listen(path, { state: asked }, work.signal, (kind, data) => {
      if (kind === event) setMade(of(data));
      if (kind === "problem") { store.problems = data.problems; store.changed(); setAsked(null); }
    }).catch((error) => { if (!work.signal.aborted) store.refused(error); });
    return () => work.abort();
  }, [asked, times]);
  return [made, asked, () => { setMade(null); setAsked(store.shot); setTimes(times + 1); }];
}

function Drawing({ svg, says }: { svg: string; says: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return <div class="scroll picture" tabIndex={0} role="region" aria-label={says}>{address && <img src={address} alt={says} />}</div>;
}
