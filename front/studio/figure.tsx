// A figure of the report: the same specification, drawn by the report's own script, which is fetched when it is first needed.

import { useEffect, useRef } from "preact/hooks";
import type { Drawn } from "./api";

interface Charts { draw(holder: Element): Promise<void> }

let script: Promise<Charts> | null = null;

function charts(): Promise<Charts> {
  script ??= new Promise((done, failed) => {
    const element = Object.assign(document.createElement("script"), { src: "charts.js" });
    element.onload = () => done((globalThis as unknown as { longgame: Charts }).longgame);
    element.onerror = () => { script = null; failed(new Error("The studio's charts could not be fetched.")); };
    document.head.append(element);
  });
  return script;
}

export function Figure({ part }: { part: Drawn }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const data = Object.assign(document.createElement("script"), { type: "application/json", textContent: JSON.stringify(part.spec) });
    holder.current!.replaceChildren(data);
    const here = holder.current!;
    charts().then((one) => here.contains(data) ? one.draw(here) : undefined).catch((error) => { here.textContent = String(error.message ?? error); });
  }, [part]);
  return (
    <figure>
      <div class="scroll" tabIndex={0} role="region" aria-label={part.title || "Figure"}><div ref={holder} class="chart" role="img" aria-label={part.says} /></div>
      <figcaption>{part.title && <strong>{part.title} </strong>}{part.text}</figcaption>
    </figure>
  );
}
