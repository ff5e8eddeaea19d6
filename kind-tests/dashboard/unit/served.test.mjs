import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { ENTRY, FILES, ROOT, SCRIPTS, importsOf, nodes, reachable, read } from "./sources.mjs";

const PAGE = "index.html";
/** What the page names, below api/static. */
const NAMED = [...read(PAGE).matchAll(/(?:href|src)="\/static\/([^"]+)"/g)].map(([, file]) => file ?? "");
const STYLES = FILES.filter((file) => file.endsWith(".css"));
/** A browser that is signed in shows its documents by this, in uncompressed bytes: what else there is, is loaded when it is shown. */
const FIRST_VIEW = 150_000;

test("each file that is imported is there", () => {
  const missing = SCRIPTS.flatMap((file) => {
    const { static: now, dynamic: later, types } = importsOf(file);
    return [...now, ...later, ...types].filter((name) => !existsSync(path.join(ROOT, name))).map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(missing, []);
});

test("each file is served for something", () => {
  const run = reachable([ENTRY], (imports) => [...imports.static, ...imports.dynamic]);
  const described = new Set([...run].filter((file) => SCRIPTS.includes(file)).flatMap((file) => importsOf(file).types));
  // A module that has types alone is read by the checks, not by a browser.
  const isOfTypes = (/** @type {string} */ file) => described.has(file) && nodes(file).every(({ node }) => node.type === "Program" || node.type === "ExportNamedDeclaration");
  const unused = FILES.filter((file) => file !== PAGE && !NAMED.includes(file) && !run.has(file) && !(SCRIPTS.includes(file) && isOfTypes(file)));
  assert.deepEqual(unused, []);
});

test("the page names the entry, each stylesheet once, and nothing that is not there", () => {
  assert.ok(NAMED.includes(ENTRY));
  assert.deepEqual(NAMED.filter((file) => STYLES.includes(file)).sort(), STYLES);
  assert.deepEqual(NAMED.filter((file) => !existsSync(path.join(ROOT, file))), []);
});

test("nothing is fetched from elsewhere", () => {
  for (const file of STYLES) assert.doesNotMatch(read(file).replace(/\/\*.*?\*\//gs, ""), /@import|url\((?!["']?(?:data:|#))/, file);
  assert.doesNotMatch(read(PAGE), /["'](?:[a-z]+:)?\/\//);
});

for (const language of ["en", "it"]) {
  test(`${language}: the first view is small`, () => {
    const files = [...reachable([ENTRY, `language/${language}.js`], (imports) => imports.static)].map((file) => ({ file, size: statSync(path.join(ROOT, file)).size }));
    assert.ok(files.some(({ file }) => file === "views/documents/documents.js"), "the list of documents is no part of it");
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const largest = files.sort((a, b) => b.size - a.size).slice(0, 10).map(({ file, size }) => `${size} ${file}`);
    assert.ok(total < FIRST_VIEW, `${total} bytes, the most of them in:\n${largest.join("\n")}`);
  });
}
