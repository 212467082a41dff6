// What the evidence says: belief in each hidden value after each piece.

import type { Belief } from "./api";
import type { Store } from "./store";
import { percent, plain } from "./words";

const NOTHING = 0.02; // nats: a Bayes factor so near to one says nothing

export function Evidence({ store }: { store: Store }) {
  const beliefs = store.base?.beliefs;
  if (!beliefs) return <p class="intro">Not solved yet.</p>;
  const hidden = Object.keys(beliefs[0].marginals);
  if (!hidden.length) return <p class="intro">Nothing is hidden in this scenario: there is nothing to infer.</p>;
  return (
    <section aria-labelledby="evidence-title">
      <h2 id="evidence-title">Evidence and beliefs</h2>
      <p class="intro">What an observer believes who knows the scenario at the values of the sliders, after each thing that was seen. A Bayes factor of 1 says nothing.</p>
      {hidden.map((name) => <Hidden key={name} name={name} beliefs={beliefs} stale={store.solving} />)}
    </section>
  );
}

function Hidden({ name, beliefs, stale }: { name: string; beliefs: Belief[]; stale: boolean }) {
  const values = Object.keys(beliefs[0].marginals[name]);
  return (
    <div class={`hidden${stale ? " stale" : ""}`}>
      <h3>{plain(name)}</h3>
      <p class="legend">{values.map((value, n) => <span><i class={`swatch c${(n % 8) + 1}`} />{plain(value)}</span>)}</p>
      <ol class="beliefs">
        {beliefs.map((row) => {
          const factors = Object.entries(row.bayes_factors[name] ?? {});
          return (
            <li>
              <div class="seen"><b>{row.evidence === null ? "Before any evidence" : row.says || plain(row.evidence)}</b>
                {row.evidence !== null && <small>{row.on}{row.source && `; ${row.source}`}</small>}</div>
              <div class="stack" role="img" aria-label={values.map((value) => `${plain(value)} ${percent(row.marginals[name][value])}`).join(", ")}>
                {values.map((value, n) => <span class={`c${(n % 8) + 1}`} style={{ width: `${100 * row.marginals[name][value]}%` }}>
                  {row.marginals[name][value] > 0.12 ? percent(row.marginals[name][value]) : ""}</span>)}
              </div>
              <div class="factors">{factors.map(([pair, factor]) => {
                const [one, other] = pair.split(":");
                if (factor !== null && Math.abs(Math.log(factor)) < NOTHING) return <small>says nothing of {plain(one)} or {plain(other)}</small>;
                return <small>{factor === null ? "rules one out" : factor >= 1
                  ? `${times(factor)} for ${plain(one)} over ${plain(other)}` : `${times(1 / factor)} for ${plain(other)} over ${plain(one)}`}</small>;
              })}</div>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

const times = (factor: number): string => `${factor >= 100 ? Math.round(factor) : factor >= 10 ? factor.toFixed(0) : factor.toFixed(2)} times`;
