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

// One image with the text alternative that the page gives; the parts inside have no roles of their own.
async function draw(holder) {
  const spec = JSON.parse(holder.querySelector("script").textContent);
  const runtime = parse(compile(spec).spec, null, { ast: true });
  const view = new View(runtime, { expr: expressionInterpreter, renderer: "none", logLevel: 0 });
  const svg = new DOMParser().parseFromString(await view.toSVG(), "image/svg+xml").documentElement;
  for (const element of svg.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (name.startsWith("aria-") || name === "role" || name === "style") element.removeAttribute(name);
    }
  }
  svg.setAttribute("class", "figure");
  svg.setAttribute("aria-hidden", "true");
  holder.append(document.importNode(svg, true));
  view.finalize();
}

export async function drawAll(root = document) {
  resetSVGDefIds();
  for (const holder of root.querySelectorAll("[data-chart]")) await draw(holder);
}

globalThis.longgame = { drawAll };
drawAll();
