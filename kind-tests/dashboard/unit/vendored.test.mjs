import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { LIBRARIES } from "../vendor-list.mjs";

const VENDOR = path.join(import.meta.dirname, "../../../api/static/vendor");
const SCRIPTS = LIBRARIES.flatMap((library) => library.files.map((file) => file.to)).filter((name) => name.endsWith(".js"));
/** An import or export from elsewhere, at the begin of a statement as minified code has it. */
const FROM = /(?:^|[;}])\s*(?:import|export)\b[^;"'()]*\bfrom\s*["']([^"']+)["']/gm;

test("a browser can resolve what the libraries import", async () => {
  const imported = [];
  for (const script of SCRIPTS) {
    const text = await readFile(path.join(VENDOR, script), "utf8");
    imported.push(...[...text.matchAll(FROM)].map(([, name]) => name));
  }
  assert.deepEqual(imported, ["./preact.js"]);
});

test("hooks belong to the same preact as elements", async () => {
  const { h, options } = await import("../../../api/static/vendor/preact.js");
  const hooks = await import("../../../api/static/vendor/preact-hooks.js");
  assert.equal(h("p", null, "text").type, "p");
  assert.equal(typeof hooks.useState, "function");
  // Hooks take part in rendering by the options of the preact that they import.
  assert.equal(typeof (/** @type {Record<string, unknown>} */ (/** @type {unknown} */ (options)).__r), "function");
});
