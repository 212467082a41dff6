// The game as a picture, and the likeliest paths of play: both drawn by the server.

import { useEffect, useState } from "preact/hooks";
import { ask } from "./api";
import { useMade } from "./made";
import type { Store } from "./store";

export function Picture({ store }: { store: Store }) {
  const [svg, setSvg] = useState("");
  const { shot } = store;
  const [paths, asked, draw] = useMade<string>(store, "paths", "drawing", (data) => data.svg);
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
        <button onClick={() => draw()} disabled={asked !== null && !paths}>
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
