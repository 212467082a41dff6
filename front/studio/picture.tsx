// The game as a picture, and the likeliest paths of play at the values of the sliders: both drawn by the server.

import { useEffect, useState } from "preact/hooks";
import { ask, listen } from "./api";
import type { Shot } from "./api";
import type { Store } from "./store";

export function Picture({ store }: { store: Store }) {
  const [svg, setSvg] = useState("");
  const [paths, setPaths] = useState("");
  const [asked, setAsked] = useState<Shot | null>(null);
  const { shot } = store;
  useEffect(() => {
    const work = new AbortController();
    ask<{ svg: string }>("picture", { state: { ...shot, values: {} } }, work.signal).then((found) => setSvg(found.svg))
      .catch((error) => { if (!work.signal.aborted) store.refused(error); });
    return () => work.abort();
  }, [shot.origin, shot.text]);
  useEffect(() => {
    if (asked === null) return;
    const work = new AbortController();
    listen("paths", { state: asked }, work.signal, (kind, data) => {
      if (kind === "drawing") setPaths(data.svg);
      if (kind === "problem") { store.problems = data.problems; store.changed(); setAsked(null); }
    }).catch((error) => { if (!work.signal.aborted) store.refused(error); });
    return () => work.abort();
  }, [asked]);
  const title = store.opened?.title ?? "the scenario";
  return (
    <section aria-labelledby="picture-title">
      <h2 id="picture-title">The game</h2>
      <p class="intro">Who moves when, what each option does, what is public, and who knows what.</p>
      {svg && <Drawing svg={svg} says={`The game of ${title}`} />}
      <div class="board-head paths">
        <h2>Likely play</h2>
        <button onClick={() => { setPaths(""); setAsked(store.shot); }} disabled={asked !== null && !paths}>
          {paths && asked === shot ? "Draw it again" : "Draw it at the sliders' values"}</button>
      </div>
      {asked !== null && !paths && <p class="intro" aria-busy="true">Following the likeliest paths…</p>}
      {paths && <>{asked !== shot && <p class="aside">Drawn for an earlier state.</p>}<Drawing svg={paths} says={`The likeliest paths of play of ${title}`} /></>}
    </section>
  );
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
