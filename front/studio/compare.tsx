// Two states side by side: what differs in the assumptions, and which claims turn.

import { useState } from "preact/hooks";
import type { Claim, Shares, Shot } from "./api";
import { Badge } from "./board";
import type { Store } from "./store";
import { FIRM, number, percent, plain } from "./words";

interface Side { name: string; shot: Shot; claims: Claim[]; shares: Shares | null }

export function Compare({ store }: { store: Store }) {
  const now: Side | null = store.base && { name: "Now", shot: store.shot, claims: store.base.claims, shares: store.stale ? null : store.shares };
  const sides: Side[] = [...store.kept, ...(now ? [now] : [])];
  const [a, setA] = useState(0);
  const [b, setB] = useState(-1);
  const [name, setName] = useState("");
  const one = sides[Math.min(a, sides.length - 1)];
  const other = b < 0 || b >= sides.length ? sides[sides.length - 1] : sides[b];
  const pick = (label: string, value: number, set: (n: number) => void) => (
    <label>{label} <select value={value} onChange={(event) => set(Number(event.currentTarget.value))}>
      {sides.map((side, n) => <option value={n}>{side.name}</option>)}
    </select></label>
  );
  return (
    <section aria-labelledby="compare-title" class="compare">
      <h2 id="compare-title">Compare</h2>
      <p class="intro">Keep a state, move the sliders or edit the text, and set the two side by side. Claims that turn come first.</p>
      <form class="keep" onSubmit={(event) => { event.preventDefault(); store.keep(name.trim() || `State ${store.kept.length + 1}`); setName(""); }}>
        <input value={name} placeholder={`State ${store.kept.length + 1}`} aria-label="Name of the state" maxLength={60} onInput={(event) => setName(event.currentTarget.value)} />
        <button disabled={!store.base || store.solving}>Keep this state</button>
      </form>
      {store.kept.length > 0 && one && other && (
        <>
          <div class="sides">{pick("A", sides.indexOf(one), setA)}{pick("B", sides.indexOf(other), setB)}
            <button class="plain" onClick={() => store.go(one.shot)}>Go to A</button></div>
          <Table a={one} b={other} own={(name) => store.own(name)} />
        </>
      )}
    </section>
  );
}

function Table({ a, b, own }: { a: Side; b: Side; own: (name: string) => number }) {
  const names = [...new Set([...Object.keys(a.shot.values), ...Object.keys(b.shot.values)])]
    .filter((name) => a.shot.values[name] !== b.shot.values[name]);
  const value = (side: Side, name: string) => side.shot.values[name] ?? own(name);
  const ids = [...new Set([...a.claims, ...b.claims].map((claim) => claim.id))];
  const find = (side: Side, id: string) => {
    const index = side.claims.findIndex((claim) => claim.id === id);
    return { claim: side.claims[index], share: side.shares?.share[index] ?? null };
  };
  const rows = ids.map((id) => ({ id, left: find(a, id), right: find(b, id) }))
    .sort((x, y) => weight(y) - weight(x));
  const turned = rows.filter((row) => row.left.claim?.verdict !== row.right.claim?.verdict).length;
  return (
    <>
      {a.shot.text !== b.shot.text && <p class="aside">The texts of the two differ.</p>}
      <div class="scroll"><table>
        <caption>Assumptions that differ</caption>
        <thead><tr><th>Assumption</th><th class="n">A: {a.name}</th><th class="n">B: {b.name}</th></tr></thead>
        <tbody>{names.map((name) => <tr><th scope="row">{plain(name)}</th><td class="n">{number(value(a, name))}</td><td class="n">{number(value(b, name))}</td></tr>)}
          {names.length === 0 && <tr><td colSpan={3}>None.</td></tr>}</tbody>
      </table></div>
      <div class="scroll"><table>
        <caption>{turned ? `${turned} of ${rows.length} claims turn` : `No claim of ${rows.length} turns`}</caption>
        <thead><tr><th>Claim</th><th>A</th><th class="n">Margin</th><th class="n">Share</th><th>B</th><th class="n">Margin</th><th class="n">Share</th></tr></thead>
        <tbody>{rows.map(({ id, left, right }) => (
          <tr class={left.claim?.verdict !== right.claim?.verdict ? "turned" : ""}>
            <th scope="row">{(right.claim ?? left.claim).says || plain(id)}</th>
            {[left, right].map(({ claim, share }) => claim
              ? <><td><Badge verdict={claim.verdict} firmness={claim.firmness} />{claim.firmness && <small class="firm">{FIRM[claim.firmness]}</small>}</td><td class="n">{number(claim.margin, true)}</td><td class="n">{percent(share)}</td></>
              : <td colSpan={3}>not there</td>)}
          </tr>
        ))}</tbody>
      </table></div>
    </>
  );
}

type Pair = { left: { claim?: Claim }; right: { claim?: Claim } };
function weight({ left, right }: Pair): number {
  const turned = left.claim?.verdict !== right.claim?.verdict;
  return (turned ? 1e6 : 0) + Math.abs((left.claim?.margin ?? 0) - (right.claim?.margin ?? 0));
}
