// Writes what runs in browsers, and beside it the licences of what is in it: the scripts of every report, and the studio.

import { createHash } from "node:crypto";
import { copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const SCRIPT = { bundle: true, minify: true, charset: "ascii", legalComments: "none", metafile: true };
const STUDIO = "../src/longgame/studio/static";

// Of what the scripts of the report were made: a test sees that it is what lies in `report`.
const sources = createHash("sha256");
for (const name of readdirSync("report").sort()) sources.update(readFileSync(join("report", name)));

const report = await build({
  ...SCRIPT, entryPoints: ["report/charts.ts", "report/page.ts"], format: "iife", target: "es2022",
  footer: { js: `// ${sources.digest("hex")}` }, outdir: "../src/longgame/report",
});
licences("../src/longgame/report/charts.js.LICENSES.txt", "charts.js is made by front/build.js of", report);

const studio = await build({
  ...SCRIPT, entryPoints: { studio: "studio/main.tsx", editor: "studio/editor.ts" }, format: "esm", target: "es2022",
  jsx: "automatic", jsxImportSource: "preact", external: ["./editor.js"], outdir: STUDIO,
});
await build({ entryPoints: { studio: "studio/style.css" }, bundle: true, minify: true, outdir: STUDIO });
copyFileSync("studio/index.html", `${STUDIO}/index.html`);
licences(`${STUDIO}/licences.txt`, "studio.js and editor.js are made by front/build.js of", studio);

function licences(file, says, { metafile }) {
  const inside = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput);
  const packages = new Map();
  for (const [name] of inside) {
    const found = name.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.set(found[1], JSON.parse(readFileSync(join(found[1], "package.json"), "utf8")));
  }
  const texts = new Map();
  for (const [folder, { name, version, license }] of [...packages].sort()) {
    const text = licence(folder) || licence(dirname(folder)) || license;
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const written = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`);
  writeFileSync(file, `${says}:\n\n${written}`);
}

function licence(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license"]) {
    try {
      return readFileSync(join(folder, name), "utf8").trim();
    } catch {}
  }
  return "";
}
