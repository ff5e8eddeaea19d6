import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";

import { ENGLISH, PARTS } from "./catalogues.mjs";
import { ENTRY, SCRIPTS, importsOf, nodes } from "./sources.mjs";
import { USES } from "./text-uses.mjs";

/** @typedef {import("./sources.mjs").Node} Node */

/** @param {Node[]} parents of an import() @returns {string[]} the parts of the texts that are loaded together with it */
function partsBeside(parents) {
  const together = parents.find(({ type }) => type === "ArrayExpression");
  const beside = /** @type {{ callee?: { name?: string }, arguments?: Node[] }[]} */ (together?.elements ?? []);
  return beside.filter(({ callee }) => callee?.name === "loadTexts").flatMap((call) => (call.arguments ?? []).map((each) => String(each.value)));
}

/** @returns {Map<string, Set<string>>} for each script the parts of the texts that are there whenever it runs, but those that are there always */
function availableParts() {
  /** @type {Map<string, Set<string>>} */
  const available = new Map();
  const visit = (/** @type {string} */ entry, /** @type {ReadonlySet<string>} */ parts) => {
    const known = available.get(entry);
    const both = new Set([...parts].filter((part) => known?.has(part) ?? true));
    if (known?.size === both.size) return;
    available.set(entry, both);
    if (!SCRIPTS.includes(entry)) return;
    for (const name of importsOf(entry).static) visit(name, both);
    for (const { node, parents } of nodes(entry)) {
      const { value } = /** @type {{ value?: unknown }} */ (node.type === "ImportExpression" ? node.source : {});
      if (value !== undefined) visit(path.posix.join(path.posix.dirname(entry), String(value)), new Set([...both, ...partsBeside(parents)]));
    }
  };
  visit(ENTRY, new Set());
  return available;
}

test("a text is asked for where it has been loaded", () => {
  const available = availableParts();
  const early = USES.flatMap(({ file, where, names }) => {
    const parts = Object.entries(PARTS.en).filter(([part]) => part === "base" || available.get(file)?.has(part));
    return names.filter((name) => Object.hasOwn(ENGLISH, name) && !parts.some(([, texts]) => Object.hasOwn(texts, name))).map((name) => `${where}: ${name}`);
  });
  assert.deepEqual(early, []);
});
