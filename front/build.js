// Writes the script that is put into every report, and beside it the licences of what is in it.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const out = "../src/longgame/report/charts.js";

const { metafile } = await build({
  entryPoints: ["charts.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  outfile: out,
});

const inside = Object.entries(Object.values(metafile.outputs)[0].inputs).filter(([, { bytesInOutput }]) => bytesInOutput);
const packages = new Map();
for (const [file] of inside) {
  const found = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.set(found[1], JSON.parse(readFileSync(join(found[1], "package.json"), "utf8")));
}

const licence = (folder) => {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "license"]) {
    try {
      return readFileSync(join(folder, name), "utf8").trim();
    } catch {}
  }
  return "";
};

const texts = new Map();
for (const [folder, { name, version, license }] of [...packages].sort()) {
  const text = licence(folder) || licence(dirname(folder)) || license;
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
}
const written = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`);
writeFileSync(`${out}.LICENSES.txt`, `charts.js is made by front/build.js of:\n\n${written}`);
