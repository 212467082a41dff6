// Deals: what can be put together of the clauses as a map, the accounts of a meeting, and whether deals would be kept.

import { useState } from "preact/hooks";
import type { Part } from "./api";
import { useMade } from "./made";
import type { Made } from "./made";
import { Parts } from "./parts";
import type { Store } from "./store";
import { plain } from "./words";

export function Deals({ store }: { store: Store }) {
  const accounts = useMade<Part[]>(store, "accounts", "accounts", (data) => data.parts);
  const kept = useMade<Part[]>(store, "commitment", "commitment", (data) => data.parts);
  return (
    <section aria-labelledby="deals-title" class="deals">
      <h2 id="deals-title">Deals</h2>
      <p class="intro">All that can be put together of the scenario's clauses, by what it is worth to two actors, and what it does to those who are not at the table.</p>
      <Bundles store={store} />
      <Asked store={store} made={accounts} title="Accounts of the meeting" ask="Put them side by side, at the sliders' values" busy="Comparing the accounts…"
        intro="What each side says was agreed, clause by clause; what each difference is worth to whom, and what to watch for." />
      <Asked store={store} made={kept} title="Commitment" ask="Would deals be kept, at the sliders' values?" busy="Following the deals…"
        intro="Who could break each deal if it were made now, when that would be better than keeping it, and how long it would stand." />
    </section>
  );
}

interface AskedProps { store: Store; made: Made<Part[]>; title: string; ask: string; busy: string; intro: string }

function Asked({ store, made: [parts, shot, ask], title, ask: words, busy, intro }: AskedProps) {
  return (
    <>
      <div class="board-head paths">
        <h2>{title}</h2>
        <button onClick={() => ask()} disabled={shot !== null && !parts}>{parts && shot === store.shot ? "Ask again" : words}</button>
      </div>
      <p class="intro">{intro}</p>
      {shot !== null && !parts && <p class="intro" aria-busy="true">{busy}</p>}
      {parts && <>{shot !== store.shot && <p class="aside">This was said of an earlier state.</p>}<Parts parts={parts} under={2} /></>}
    </>
  );
}

interface Found { between: string[]; parts: Part[] }

// Two actors give the map its axes; others may sit at the table with them.
function Bundles({ store }: { store: Store }) {
  const [found, shot, ask] = useMade<Found>(store, "bundles", "bundles", (data) => data);
  const [chosen, setChosen] = useState<string[]>([]);
  const actors = Object.keys(store.opened?.actors ?? {});
  const known = chosen.filter((one) => actors.includes(one));
  const [across, up, ...beside] = [...known, ...actors.filter((one) => !known.includes(one)).slice(0, Math.max(0, 2 - known.length))];
  const choose = (first: string, second: string, others: string[]) => setChosen([first, second, ...others.filter((one) => one !== first && one !== second)]);
  const pick = (label: string, value: string, not: string, set: (name: string) => void) => (
    <label>{label} <select value={value} onChange={(event) => set(event.currentTarget.value)}>
      {actors.filter((one) => one !== not).map((one) => <option value={one}>{plain(one)}</option>)}
    </select></label>
  );
  const others = actors.filter((one) => one !== across && one !== up);
  const same = found && [across, up, ...beside].join() === found.between.join();
  if (actors.length < 2) return null;
  return (
    <>
      <div class="sides table">
        {pick("Across", across, up, (name) => choose(name, up, beside))}
        {pick("Up", up, across, (name) => choose(across, name, beside))}
        {others.length > 0 && <fieldset><legend>Also at the table</legend>{others.map((one) => (
          <label><input type="checkbox" checked={beside.includes(one)}
            onChange={() => choose(across, up, beside.includes(one) ? beside.filter((other) => other !== one) : [...beside, one])} /> {plain(one)}</label>
        ))}</fieldset>}
        <button onClick={() => ask({ between: [across, up, ...beside] })} disabled={shot !== null && !found}>
          {found && same && shot === store.shot ? "Draw it again" : "Draw the map at the sliders' values"}</button>
      </div>
      {shot !== null && !found && <p class="intro" aria-busy="true">Pricing the bundles…</p>}
      {found && <>{(shot !== store.shot || !same) && <p class="aside">This was drawn for an earlier state, or for others at the table.</p>}<Parts parts={found.parts} under={2} /></>}
    </>
  );
}
