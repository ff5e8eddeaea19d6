// The dashboard's files as they are served: what is in them, and what they import.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { Linter } from "eslint";

/** @typedef {Record<string, unknown> & { type: string }} Node */
/** @typedef {{ static: string[], dynamic: string[], types: string[] }} Imports paths below api/static */

export const ROOT = path.join(import.meta.dirname, "../../../api/static");
/** What the page runs. */
export const ENTRY = "dashboard.js";
/** What another has written is looked at by other tests. */
export const VENDOR = "vendor/";

/** Paths below api/static of all files but the libraries. */
export const FILES = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
  .filter((file) => !file.startsWith(VENDOR))
  .sort();
export const SCRIPTS = FILES.filter((file) => file.endsWith(".js"));

/** @param {string} file @returns {string} */
export const read = (file) => readFileSync(path.join(ROOT, file), "utf8");

/**
 * @template T
 * @param {(file: string) => T} look
 * @returns {(file: string) => T} the same, which looks once at each file
 */
function once(look) {
  /** @type {Map<string, T>} */
  const known = new Map();
  return (file) => {
    const found = known.get(file) ?? look(file);
    known.set(file, found);
    return found;
  };
}

/** What a script is made of: each node after what it is in, with that, the nearest first. Comments are none. */
export const nodes = once(parsed);

/** Paths below api/static. */
export const importsOf = once(imported);

/** @param {string} file @returns {{ node: Node, parents: Node[] }[]} */
function parsed(file) {
  const linter = new Linter();
  const [problem] = linter.verify(read(file), { languageOptions: { ecmaVersion: "latest", sourceType: "module" } });
  if (problem) throw new Error(`${file}:${problem.line}: ${problem.message}`);
  const { ast, visitorKeys } = linter.getSourceCode();
  /** @type {{ node: Node, parents: Node[] }[]} */
  const found = [];
  const visit = (/** @type {Node} */ node, /** @type {Node[]} */ parents) => {
    found.push({ node, parents });
    const inner = (visitorKeys[node.type] ?? []).flatMap((key) => /** @type {Node | null | (Node | null)[]} */ (node[key] ?? []));
    for (const each of inner) if (each) visit(each, [node, ...parents]);
  };
  visit(/** @type {Node} */ (/** @type {unknown} */ (ast)), []);
  return found;
}

/** @param {string} file @returns {Imports} */
function imported(file) {
  const at = (/** @type {unknown} */ name) => path.posix.join(path.posix.dirname(file), String(name));
  /** @type {Imports} */
  const imports = { static: [], dynamic: [], types: [] };
  for (const { node } of nodes(file)) {
    const name = /** @type {Node | null | undefined} */ (node.source)?.value;
    if (node.type === "ImportExpression") imports.dynamic.push(at(name));
    else if (name !== undefined) imports.static.push(at(name));
  }
  for (const [comment] of read(file).matchAll(/\/\*\*.*?\*\//gs)) {
    imports.types.push(...[...comment.matchAll(/import\("([^"]+)"\)/g)].map(([, name]) => at(name)));
  }
  return imports;
}

/**
 * @param {readonly string[]} entries
 * @param {(imports: Imports) => readonly string[]} which
 * @returns {Set<string>} these, and all that is imported from there on
 */
export function reachable(entries, which) {
  const seen = new Set(entries);
  for (const file of seen) {
    if (file.startsWith(VENDOR)) continue;
    for (const name of which(importsOf(file))) seen.add(name);
  }
  return seen;
}
