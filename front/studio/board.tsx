// The claims: verdict on two axes, margin with its error, share of the draws; each opens to what it rests on.

import { useEffect, useState } from "preact/hooks";
import { inWords, listen } from "./api";
import type { Claim, Firmness, Part, Shot, Verdict } from "./api";
import { memo } from "./memo";
import { Parts } from "./parts";
import { verdictOf } from "./store";
import type { Store } from "./store";
import { FIRM, named, number, percent, plain, tone } from "./words";

type Order = "given" | "margin" | "share" | "moved";

export function Badge({ verdict, firmness }: { verdict: Verdict; firmness: Firmness }) {
  return (
    <span class={`badge ${tone(verdict, firmness)}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {verdict === "follows" ? <circle class="mark" cx="6" cy="6" r="5" /> : verdict === "fails"
          ? <path class="mark" d="M6 0 12 6 6 12 0 6z" /> : <circle class="ring" cx="6" cy="6" r="4.5" />}
      </svg>
      {named(verdict)}
    </span>
  );
}

export function Board({ store, focus }: { store: Store; focus: (name: string) => void }) {
  const [only, setOnly] = useState<Verdict | "turned" | "all">("all");
  const [order, setOrder] = useState<Order>("given");
  const claims = store.base?.claims;
  if (!claims) return <p class="intro" aria-busy="true">{store.problems.length ? "" : "Compiling and solving the scenario…"}</p>;
  if (!claims.length) return <p class="intro">The scenario makes no claims. Write some in the editor.</p>;
  const rows = claims.map((claim, index) => {
    const now = store.preview(index);
    const verdict = now.moved ? verdictOf(now.margin, claim.error) : claim.verdict;
    return { claim, index, now, verdict, turned: now.moved && verdict !== claim.verdict };
  });
  const shown = rows.filter((row) => only === "all" || (only === "turned" ? row.turned : row.verdict === only));
  const share = (index: number) => store.shares?.share[index] ?? -1;
  if (order === "margin") shown.sort((a, b) => Math.abs(a.now.margin ?? 0) - Math.abs(b.now.margin ?? 0));
  if (order === "share") shown.sort((a, b) => Math.abs(share(a.index) - 0.5) - Math.abs(share(b.index) - 0.5));
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  const verdicts = (["follows", "fails", "open", "no answer"] as Verdict[]).filter(count);
  return (
    <section aria-labelledby="claims-title" class="board" data-slopes={store.slopes.size}>
      <div class="board-head">
        <h2 id="claims-title">Claims</h2>
        <div class="chips" role="group" aria-label="Show">
          <button class="chip" aria-pressed={only === "all"} onClick={() => setOnly("all")}>All {rows.length}</button>
          {verdicts.map((verdict) => (
            <button class="chip" aria-pressed={only === verdict}
              onClick={() => setOnly(only === verdict ? "all" : verdict)}>{named(verdict)} {count(verdict)}</button>
          ))}
        </div>
        <label class="order">Sort
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
            <option value="given">as written</option>
            <option value="margin">nearest to turning</option>
            <option value="share">most contested</option>
          </select>
        </label>
      </div>
      <ol class="rows">
        {shown.map(({ claim, index, now, verdict, turned }) => (
          <Row key={claim.id} store={store} focus={focus} claim={claim} index={index} verdict={verdict} turned={turned}
            margin={now.margin} moved={now.moved} known={now.known} firm={claim.firmness} errors={store.base!.errors}
            share={store.shares?.share[index] ?? null} done={store.shares?.done ?? 0} size={store.shares?.size ?? 0}
            stale={store.stale} slopes={store.slopes.size} />
        ))}
      </ol>
      {shown.length === 0 && <p class="intro">None.</p>}
    </section>
  );
}

interface RowProps {
  store: Store; focus: (name: string) => void; claim: Claim; index: number; verdict: Verdict; turned: boolean;
  margin: number | null; moved: boolean; known: boolean; firm: Firmness; errors: boolean; share: number | null;
  done: number; size: number; stale: boolean; slopes: number;
}

const Row = memo(function Row(row: RowProps) {
  const { store, claim, verdict, turned, margin, moved, known, share } = row;
  const firm = moved ? null : row.firm; // of an estimate nothing is said
  const few = !firm && !moved && !row.stale && row.size > 0 && row.done === row.size && (verdict === "follows" || verdict === "fails");
  const [open, setOpen] = useState(false);
  const id = `more-${claim.id}`;
  return (
    <li class={`row ${tone(verdict, firm)}${turned ? " turned" : ""}`}>
      <div class="says">
        <button class="opens" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
          <span class="twist" aria-hidden="true" />
          <span>{claim.says || plain(claim.id)}</span>
        </button>
      </div>
      <div class="judged">
        <Badge verdict={verdict} firmness={firm} />
        <span class="firm">{turned ? `was: ${claim.verdict}` : firm ? FIRM[firm] : few ? "too few draws" : ""}</span>
      </div>
      <div class={`margin${moved ? " guess" : ""}`}>
        {moved && known ? <span class="about">about </span> : null}
        <b>{moved && !known ? "…" : number(margin, true)}</b>
        {claim.error ? <span class={row.errors ? "" : "faint"}> ± {number(claim.error)}</span> : null}
        {claim.unit ? <span class="unit"> {claim.unit}</span> : null}
        {moved && known && claim.margin !== null && margin !== null
          ? <small>{number(margin - claim.margin, true)} by the slider</small> : null}
      </div>
      <div class={`share${row.stale || moved ? " stale" : ""}`}>
        <span class="num">{percent(share)}</span>
        <span class="track" aria-hidden="true"><span class="fill" style={{ width: `${100 * (share ?? 0)}%` }} /></span>
        <small>{share === null ? "" : row.done < row.size ? `of ${row.done} draws so far` : "of draws"}</small>
      </div>
      {open && <More id={id} store={store} claim={claim} index={row.index} focus={row.focus} />}
    </li>
  );
});

function More({ id, store, claim, index, focus }: { id: string; store: Store; claim: Claim; index: number; focus: (name: string) => void }) {
  const assumptions = store.opened?.assumptions ?? [];
  const moves = assumptions
    .map((one) => ({ one, by: (store.slopes.get(one.name)?.[index] ?? 0) * (one.high - one.low) }))
    .filter(({ by }) => Math.abs(by) > 1e-9)
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by)).slice(0, 6);
  const most = Math.max(...moves.map(({ by }) => Math.abs(by)), 1e-12);
  const shows = Object.entries(claim.shows);
  const varying = assumptions.filter((one) => one.high > one.low).length;
  return (
    <div class="more" id={id}>
      <p class="question"><b>{claim.id}</b> asks <code>{claim.question}</code>{claim.at === "start" ? " at the start" : claim.at === "now" ? "" : ` as of ${claim.at}`}</p>
      {claim.note && <p class="aside">{claim.note}</p>}
      {shows.length > 0 && (
        <dl class="shown">{shows.map(([label, value]) => (
          <div><dt>{label}</dt><dd>{typeof value === "boolean" ? (value ? "true" : "false") : number(value)}</dd></div>
        ))}</dl>
      )}
      <h3>What moves the margin</h3>
      {moves.length === 0 ? (
        <p class="aside">{store.slopes.size < varying ? "Being worked out…" : "No single assumption, here."}</p>
      ) : (
        <ul class="moves" aria-label="From one end of its range to the other, to first order">
          {moves.map(({ one, by }) => (
            <li>
              <button class="link" onClick={() => focus(one.name)} title={one.says}>{plain(one.name)}</button>
              <span class="track" aria-hidden="true"><span class={by > 0 ? "up" : "down"} style={{ width: `${(100 * Math.abs(by)) / most}%` }} /></span>
              <span class="num">{number(by, true)}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="small">From the lowest to the highest value of its range, at the slope here{store.slopes.size < varying ? `; ${store.slopes.size} of ${varying} slopes so far` : ""}.</p>
      <Why store={store} claim={claim} />
    </div>
  );
}

// The explanation, worked out when somebody asks for it: it takes a solution of its own.
function Why({ store, claim }: { store: Store; claim: Claim }) {
  const [parts, setParts] = useState<Part[] | null>(null);
  const [asked, setAsked] = useState<Shot | null>(null);
  const [failed, setFailed] = useState("");
  const shot = store.shot;
  useEffect(() => {
    if (asked === null) return;
    const work = new AbortController();
    listen("explain", { state: asked, claim: claim.id }, work.signal, (kind, data) => {
      if (kind === "explanation") setParts(data.parts);
      if (kind === "problem") setFailed(data.problems.map(inWords).join(" "));
    }).catch((error) => { if (!work.signal.aborted) setFailed(String(error.message ?? error)); });
    return () => work.abort();
  }, [asked]);
  if (asked === null) return <button class="plain why" onClick={() => setAsked(shot)}>Explain</button>;
  if (failed) return <p class="warning">{failed}</p>;
  if (parts === null) return <p class="aside" aria-busy="true">Taking the claim apart…</p>;
  return (
    <div class="explained">
      <h3>Why</h3>
      {asked !== shot && <p class="aside">This was said of an earlier state. <button class="link" onClick={() => { setParts(null); setAsked(shot); }}>Explain it now</button></p>}
      <Parts parts={parts} />
    </div>
  );
}
