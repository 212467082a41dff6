// Sliders with two handles. The lower handle stands to the left of its value and the upper one to the right, so that
// they never lie on each other.
//
// An element with data-range="NAME", data-low and data-high becomes one; data-even="factors" makes equal steps equal
// factors. Arrow keys move by a hundredth of the range, page keys by a tenth, Home and End to what is nearest and farthest.

export interface Slider {
  name: string;
  ends: readonly [number, number];
  /** Neither end was moved. */
  whole: boolean;
  set(low: number, high: number): void;
  reset(): void;
}

const STEPS = 100;

export function slider(root: HTMLElement, changed: () => void): Slider {
  const { range: name, low, high, even, unit } = root.dataset as Record<string, string>;
  const factors = even === "factors";
  const [least, most] = [Number(low), Number(high)];
  const value = (step: number): number => {
    if (step <= 0) return least;
    if (step >= STEPS) return most;
    const part = step / STEPS;
    return factors ? least * (most / least) ** part : least + part * (most - least);
  };
  const stepOf = (number: number): number => {
    const part = factors ? Math.log(number / least) / Math.log(most / least) : (number - least) / (most - least);
    return Math.max(0, Math.min(STEPS, STEPS * part));
  };

  const track = document.createElement("div");
  track.className = "track-between";
  const fill = document.createElement("div");
  fill.className = "between";
  const label = root.querySelector(".range-name")!.textContent!;
  const shown = root.querySelector("output")!;
  const handles = (["from", "to"] as const).map((end) => {
    const handle = document.createElement("div");
    handle.className = `handle ${end}`;
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", `${label}, ${end === "from" ? "lowest" : "highest"}`);
    handle.setAttribute("aria-valuemin", String(least));
    handle.setAttribute("aria-valuemax", String(most));
    return handle;
  });
  track.append(fill, ...handles);
  root.append(track);

  let steps: [number, number] = [0, STEPS];
  const written = (number: number) => `${plain(number)}${unit ? ` ${unit}` : ""}`;

  function show(): void {
    const ends = steps.map(value);
    handles.forEach((handle, index) => {
      handle.style.left = `${steps[index]}%`;
      handle.setAttribute("aria-valuenow", String(Number(ends[index].toPrecision(6))));
      handle.setAttribute("aria-valuetext", written(ends[index]));
    });
    fill.style.left = `${steps[0]}%`;
    fill.style.width = `${steps[1] - steps[0]}%`;
    shown.textContent = `${plain(ends[0])} to ${written(ends[1])}`;
    root.classList.toggle("narrowed", steps[0] > 0 || steps[1] < STEPS);
  }

  function move(index: number, step: number): void {
    const kept: [number, number] = [...steps];
    kept[index] = Math.max(index ? steps[0] : 0, Math.min(index ? STEPS : steps[1], step));
    if (kept[index] === steps[index]) return;
    steps = kept;
    show();
    changed();
  }

  handles.forEach((handle, index) => {
    handle.addEventListener("keydown", (event) => {
      const by: Record<string, number> = {
        ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -STEPS, End: STEPS,
      };
      if (!(event.key in by)) return;
      event.preventDefault();
      move(index, Math.round(steps[index]) + by[event.key]);
    });
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
      const grip = event.clientX - track.getBoundingClientRect().left - (steps[index] / STEPS) * track.clientWidth;
      const drag = (moved: PointerEvent) => {
        const place = moved.clientX - grip - track.getBoundingClientRect().left;
        move(index, Math.round((STEPS * place) / track.clientWidth));
      };
      const end = () => {
        handle.removeEventListener("pointermove", drag);
        handle.removeEventListener("pointerup", end);
        handle.removeEventListener("pointercancel", end);
      };
      handle.addEventListener("pointermove", drag);
      handle.addEventListener("pointerup", end);
      handle.addEventListener("pointercancel", end);
    });
  });
  show();

  return {
    name,
    get ends() {
      return [value(steps[0]), value(steps[1])] as const;
    },
    get whole() {
      return steps[0] === 0 && steps[1] === STEPS;
    },
    set(low, high) {
      steps = [stepOf(low), stepOf(high)];
      show();
      changed();
    },
    reset() {
      steps = [0, STEPS];
      show();
    },
  };
}

/** A number to three digits, without a power of ten where it is of a common size. */
export function plain(number: number): string {
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size >= 1000) return Math.round(number).toLocaleString("en");
  return size < 1e-4 ? number.toExponential(1) : String(Number(number.toPrecision(3)));
}
