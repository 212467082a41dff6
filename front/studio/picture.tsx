// The game as a picture, drawn by the server.

import { useEffect, useState } from "preact/hooks";
import { ask } from "./api";
import type { Store } from "./store";

export function Picture({ store }: { store: Store }) {
  const [address, setAddress] = useState("");
  const { origin, text } = store.shot;
  useEffect(() => {
    const work = new AbortController();
    let made = "";
    ask<{ svg: string }>("picture", { state: { origin, text, values: {} } }, work.signal)
      .then(({ svg }) => setAddress((made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" })))))
      .catch((error) => { if (!work.signal.aborted) store.refused(error); });
    return () => { work.abort(); URL.revokeObjectURL(made); };
  }, [origin, text]);
  return (
    <section aria-labelledby="picture-title">
      <h2 id="picture-title">The game</h2>
      <p class="intro">Who moves when, what each option does, what is public, and who knows what. `longgame show` draws the same.</p>
      {address && <div class="scroll picture" tabIndex={0} role="region" aria-label="Picture of the game"><img src={address} alt={`The game of ${store.opened?.title ?? "the scenario"}`} /></div>}
    </section>
  );
}
