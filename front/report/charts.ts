// Draws the figures of a page: every element with the attribute data-chart holds, as JSON, a Vega-Lite specification.
//
// Vega's own interpreter evaluates its expressions, so that the page's content security policy need not allow code to be
// made from text. Of Vega only what the figures use is put in: no maps, networks, trees or word clouds.

import { transforms } from "vega-dataflow";
import * as encode from "vega-encode";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import { parse } from "vega-parser";
import { resetSVGDefIds } from "vega-scenegraph";
import * as basic from "vega-transforms";
import { View } from "vega-view";
import * as onScreen from "vega-view-transforms";

Object.assign(transforms, basic, onScreen, encode);

export type Values = Record<string, unknown>[];
type Spec = { data: { values: Values } };

/** The specification that an element holds. */
export function spec(holder: Element): Spec {
  return JSON.parse(holder.querySelector("script")!.textContent!);
}

// One image with the text alternative that the page gives; the parts inside have no roles of their own.
async function svg(drawn: Spec): Promise<Element> {
  const runtime = parse(compile(drawn as never).spec, undefined, { ast: true });
  const view = new View(runtime, { expr: expressionInterpreter, renderer: "none", logLevel: 0 });
  const figure = new DOMParser().parseFromString(await view.toSVG(), "image/svg+xml").documentElement;
  for (const element of figure.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (name.startsWith("aria-") || name === "role" || name === "style") element.removeAttribute(name);
    }
  }
  figure.setAttribute("class", "figure");
  figure.setAttribute("aria-hidden", "true");
  view.finalize();
  return document.importNode(figure, true);
}

/** Draw a figure, with other values than its own if some are given. */
export async function draw(holder: Element, values?: Values): Promise<void> {
  const drawn = spec(holder);
  if (values) drawn.data.values = values;
  const figure = await svg(drawn);
  holder.querySelector("svg.figure")?.remove();
  holder.append(figure);
}

function hidden(holder: Element): boolean {
  return holder.closest("details:not([open])") !== null;
}

/** Draw every figure that is not yet drawn; those inside what is closed, when it is opened. */
export async function drawAll(root: ParentNode = document): Promise<void> {
  resetSVGDefIds();
  for (const holder of root.querySelectorAll("[data-chart]")) {
    if (!hidden(holder) && !holder.querySelector("svg.figure")) await draw(holder);
  }
}

// A toggle does not bubble, but it can be caught on its way down.
document.addEventListener("toggle", (event) => void drawAll(event.target as Element), true);

declare global {
  var longgame: { draw: typeof draw; drawAll: typeof drawAll; spec: typeof spec };
}
globalThis.longgame = { draw, drawAll, spec };
void drawAll();
