// What makes a page live: claims sorted and filtered, and sliders that ask of some of the draws only. It needs no server:
// the draws are in the page (the element with the id `draws`). Without this script the page reads as it was written.

import type { Values } from "./charts";
import { count, firmness, heapOf, inside, quantile, type Drawn } from "./draws";
import { plain, slider, type Slider } from "./ranges";

const LEAST = 59; // draws: fewer say nothing of how firmly a verdict stands
const FEW = 20; // draws: a share of fewer is off by more than twenty points
const BAND = [0.05, 0.95];

const all = <E extends HTMLElement>(selector: string, root: ParentNode = document) => [
  ...root.querySelectorAll<E>(selector),
];
const one = <E extends HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<E>(selector);
const percent = (share: number) =>
  share > 0 && share < 0.01 ? "under 1%" : share > 0.99 && share < 1 ? "over 99%" : `${Math.round(100 * share)}%`;
const draws = (number: number) => (number === 1 ? "1 draw" : `${number} draws`);

for (const element of all("[data-needs-script]")) element.hidden = false;
claims();
const stored = one("#draws");
if (stored) ranges(JSON.parse(stored.textContent!));
opened();

/** Sorting, filtering and finding of claims. */
function claims(): void {
  const list = one("[data-claims]");
  if (!list) return;
  const cards = all("[data-claim]", list);
  const buttons = all<HTMLButtonElement>("button[data-filter]");
  const sort = one<HTMLSelectElement>("[data-sort]")!;
  const find = one<HTMLInputElement>("[data-find]")!;
  const told = one("[data-shown]")!;

  function show(): void {
    const group = buttons.find((button) => button.ariaPressed === "true")?.dataset.filter ?? "all";
    const asked = find.value.trim().toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const fits = group === "all" || card.dataset.group === group;
      card.hidden = !fits || !card.textContent!.toLowerCase().includes(asked);
      shown += Number(!card.hidden);
    }
    told.textContent = shown === cards.length ? `All ${shown} claims` : `${shown} of ${cards.length} claims`;
  }

  function order(): void {
    const [key, down] = [sort.value.replace("-", ""), sort.value.startsWith("-")];
    const rank = (card: HTMLElement) => {
      const value = Number(card.dataset[key] || "NaN");
      return Number.isNaN(value) ? Infinity : down ? -value : value;
    };
    list!.append(...[...cards].sort((a, b) => rank(a) - rank(b) || Number(a.dataset.order) - Number(b.dataset.order)));
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const other of buttons) other.ariaPressed = String(other === button);
      show();
    });
  }
  sort.addEventListener("change", order);
  find.addEventListener("input", show);
  show();
}

/** A link to something leads to it also where it is filtered away or inside what is closed. */
function opened(): void {
  const lead = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    if (target.closest("[data-claim][hidden]")) one<HTMLButtonElement>("button[data-filter=all]")?.click();
    one<HTMLDetailsElement>(":scope[data-claim] details", target)?.setAttribute("open", "");
    for (let around: Element | null = target; around; around = around.parentElement) {
      if (around instanceof HTMLDetailsElement) around.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", lead);
  lead();
}

/** The sliders, and all that is counted anew when one moves. */
function ranges(drawn: Drawn): void {
  const told = one("[data-left]")!;
  const reset = one<HTMLButtonElement>("[data-reset]")!;
  const cards = all("[data-claim]").filter((card) => card.dataset.claim! in drawn.claims);
  const words = new Map(cards.map((card) => [card, one("[data-firmness]", card)?.textContent ?? ""]));
  const tones = new Map(cards.map((card) => [card, card.className]));
  const bars = new Map(cards.map((card) => [card, one("[data-bar]", card)?.getAttribute("width") ?? "0"]));
  let waiting = 0;
  const later = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      update();
    });
  };
  const sliders: Slider[] = all("[data-range]").map((root) => slider(root, later));

  function update(): void {
    const moved = sliders.filter((slider) => !slider.whole);
    const left = inside(drawn, new Map(moved.map((slider) => [slider.name, slider.ends])));
    document.body.classList.toggle("is-narrowed", moved.length > 0);
    reset.disabled = !moved.length;
    told.textContent = tell(left.length, moved);
    for (const card of cards) judge(card, left, moved.length > 0);
    void redraw(left);
  }

  function tell(left: number, moved: Slider[]): string {
    if (!moved.length) return `All ${draws(drawn.draws)}`;
    const outside = moved.filter((slider) => {
      const base = Number(one(`[data-range="${slider.name}"]`)!.dataset.value);
      return base < slider.ends[0] || base > slider.ends[1];
    });
    const said = [`${left} of ${draws(drawn.draws)} left.`];
    if (!left) said.push("None is inside all these ranges: widen one.");
    else if (left < FEW) said.push("Too few to tell: a share of them is off by twenty points and more.");
    else if (left < LEAST) said.push("Too few to say how firmly anything stands.");
    if (outside.length) said.push("The given value lies outside: the verdicts are of a case that you have ruled out.");
    return said.join(" ");
  }

  function judge(card: HTMLElement, left: number[], narrowed: boolean): void {
    const now = one("[data-now]", card)!;
    const firm = one("[data-firmness]", card);
    const bar = one("[data-bar]", card);
    now.hidden = !narrowed;
    if (!narrowed) {
      now.textContent = "";
      if (firm) firm.textContent = words.get(card)!;
      bar?.setAttribute("width", bars.get(card)!);
      card.className = tones.get(card)!;
      return;
    }
    const found = count(drawn, card.dataset.claim!, left);
    bar?.setAttribute("width", String(100 * (found.share ?? 0)));
    if (found.share === null) {
      now.textContent = "No draw is left";
    } else {
      const weighed = found.weighed === null ? "" : `; ${percent(found.weighed)} weighed by the evidence`;
      const middle = found.median === null ? "" : `; median margin ${found.median > 0 ? "+" : ""}${plain(found.median)}`;
      now.textContent = `Holds in ${found.holds} of ${found.draws} left (${percent(found.share)})${weighed}${middle}`;
    }
    if (firm && words.get(card)) {
      const follows = card.dataset.verdict === "follows";
      const holds = drawn.claims[card.dataset.claim!].holds;
      const agree = left.filter((number) => holds[number] === (follows ? 1 : 0)).length;
      const share = found.weighed ?? found.share ?? 0;
      firm.textContent =
        found.draws < LEAST ? "too few draws" : firmness(follows ? share : 1 - share, agree === found.draws);
      card.className = `claim ${heapOf(found.draws < LEAST ? null : firm.textContent, follows)}`;
    }
  }

  /** The belief in any of some worlds, in each draw. */
  function together(beliefs: (number | null)[][]): (number | null)[] {
    return beliefs[0].map((_, draw) =>
      beliefs.some((world) => world[draw] === null) ? null : beliefs.reduce((sum, world) => sum + world[draw]!, 0));
  }

  const originals = new Map<Element, Values>();
  let drawing = Promise.resolve();
  let wanted = 0;

  /** The bands and the map, of the draws that are left; of several moves in a row only the last is drawn. */
  function redraw(left: number[]): Promise<void> {
    const mine = ++wanted;
    drawing = drawing.then(async () => {
      for (const holder of all("[data-chart][data-live]")) {
        if (mine !== wanted) return;
        if (!originals.has(holder)) originals.set(holder, longgame.spec(holder).data.values);
        const values = originals.get(holder)!.map((value) => ({ ...value, ...moving(holder, value, left) }));
        if (holder.querySelector("svg.figure")) await longgame.draw(holder, values);
      }
    });
    return drawing;
  }

  function moving(holder: HTMLElement, value: Values[number], left: number[]): Values[number] {
    if (left.length === drawn.draws) return {};
    const kind = holder.dataset.live!;
    if (kind === "map") {
      const { share } = count(drawn, String(value.claim), left);
      const classes = document.getElementById(`claim-${value.claim}`)!.className;
      const heap = classes.match(/heap-(\w+)/)?.[1] ?? "untried";
      const untried = classes.includes("untried") && heap !== "thread" && heap !== "none";
      return { share, label: share, heap: untried ? "untried" : heap };
    }
    const column =
      kind === "beliefs"
        ? together((value.worlds as string[]).map((world) => drawn.beliefs[world][Number(value.order)]))
        : drawn.forecasts[kind.slice("forecast:".length)]?.[Number(value.order)];
    if (!column) return {};
    const [low, high] = BAND.map((part) => quantile(left.map((number) => column[number]), part));
    return { low, high };
  }

  reset.addEventListener("click", () => {
    for (const slider of sliders) slider.reset();
    update();
    sliders.length && reset.closest("aside")?.querySelector<HTMLElement>("[role=slider]")?.focus();
  });
  // On a small screen the claims come first.
  if (matchMedia("(max-width: 62rem)").matches) one("[data-sliders]")?.removeAttribute("open");
  update();
}
