// The assumptions as sliders: dragged for a preview, let go for an exact answer.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Assumption } from "./api";
import type { Store } from "./store";
import { memo } from "./memo";
import { digitsFor, fixed, number, plain } from "./words";

const STEPS = 200;
const QUIET = 180; // ms without another key before the game is solved

export function Sliders({ store, wanted }: { store: Store; wanted: { name: string } | null }) {
  const [search, setSearch] = useState("");
  const assumptions = store.opened?.assumptions ?? [];
  const varying = assumptions.filter((one) => one.high > one.low);
  const fixed = assumptions.filter((one) => !(one.high > one.low));
  const letters = search.trim().toLowerCase();
  const shown = varying.filter((one) => `${plain(one.name)} ${one.name} ${one.says}`.toLowerCase().includes(letters));
  useEffect(() => {
    if (!wanted) return;
    setSearch("");
    requestAnimationFrame(() => document.getElementById(`slider-${wanted.name}`)?.focus());
  }, [wanted]);
  const moved = store.moved.filter((name) => varying.some((one) => one.name === name));
  return (
    <section aria-labelledby="assumptions-title" class="sliders">
      <div class="sliders-head">
        <h2 id="assumptions-title">Assumptions</h2>
        <button class="plain" disabled={!moved.length} onClick={() => store.reset()}>Reset{moved.length ? ` ${moved.length}` : ""}</button>
      </div>
      {varying.length > 8 && (
        <input type="search" class="search" placeholder={`Find among ${varying.length}`} aria-label="Find an assumption"
          value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      )}
      <ul>{shown.map((one) => <Slider key={one.name} store={store} one={one} value={store.value(one.name)} moved={one.name in store.shot.values || store.drag?.name === one.name} />)}</ul>
      {store.opened && varying.length === 0 && <p class="aside">No assumption has a range. Give them ranges in the editor.</p>}
      {fixed.length > 0 && letters === "" && (
        <details class="fixed"><summary>{fixed.length} fixed</summary>
          <dl>{fixed.map((one) => <div><dt>{plain(one.name)}</dt><dd>{number(one.value)} {one.unit}</dd></div>)}</dl>
        </details>
      )}
    </section>
  );
}

const Slider = memo(function Slider({ store, one, value, moved }: { store: Store; one: Assumption; value: number; moved: boolean }) {
  const waiting = useRef<number | undefined>(undefined);
  const at = (value - one.low) / (one.high - one.low);
  const own = (one.value - one.low) / (one.high - one.low);
  const digits = digitsFor((one.high - one.low) / STEPS);
  const written = (wish: number) => fixed(wish, digits);
  // The given value is a stop of the slider, however the steps fall.
  const valueOf = (step: number) => {
    const near = Math.abs(step / STEPS - own) < 0.5 / STEPS;
    return near ? one.value : within(Number((one.low + (step / STEPS) * (one.high - one.low)).toFixed(digits)));
  };
  const within = (wish: number) => Math.min(one.high, Math.max(one.low, wish));
  const drag = (wish: number) => {
    store.drag = { name: one.name, value: within(wish) };
    store.changed();
  };
  const settle = (wish: number, after: number) => {
    clearTimeout(waiting.current);
    waiting.current = window.setTimeout(() => store.set(one.name, within(wish)), after);
  };
  return (
    <li class={`slider${moved ? " moved" : ""}`}>
      <label for={`slider-${one.name}`} title={one.says || one.because}>{plain(one.name)}</label>
      <span class="value">
        <input type="number" step="any" min={one.low} max={one.high} value={written(value)} aria-label={`${plain(one.name)}, value`}
          onChange={(event) => { const wish = event.currentTarget.valueAsNumber; if (Number.isFinite(wish)) store.set(one.name, within(wish)); else store.changed(); }} />
      </span>
      <span class="rail">
        <span class="own" aria-hidden="true" style={{ left: `${100 * own}%` }} />
        <input id={`slider-${one.name}`} type="range" min="0" max={STEPS} step="1" value={Math.round(at * STEPS)}
          aria-valuetext={`${written(value)} ${one.unit}`}
          onInput={(event) => { const wish = valueOf(event.currentTarget.valueAsNumber); drag(wish); settle(wish, 60_000); }}
          onPointerUp={(event) => settle(valueOf(event.currentTarget.valueAsNumber), 0)}
          onChange={(event) => settle(valueOf(event.currentTarget.valueAsNumber), QUIET)} />
      </span>
      <span class="ends"><span>{one.low.toFixed(digits)}</span><span class="unit">{one.unit}</span><span>{one.high.toFixed(digits)}</span></span>
      {moved && <button class="plain back" onClick={() => store.set(one.name, one.value)} aria-label={`${plain(one.name)} back to ${written(one.value)}`}>back to {written(one.value)}</button>}
    </li>
  );
});
