#!/usr/bin/env node
// Copies the libraries that the dashboard comes with from their packages into api/static/vendor.
//
//   vendor.mjs           write the folder anew
//   vendor.mjs --check   only compare; the exit status is 1 where anything differs

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { asked, fail } from "./harness/command-line.mjs";
import { declaration, differences, prepared, readme } from "./vendor-files.mjs";
import { LIBRARIES } from "./vendor-list.mjs";

/** @import { Copy, Library } from "./vendor-list.mjs" */
/** @import { Described, Files } from "./vendor-files.mjs" */

const PACKAGES = path.join(import.meta.dirname, "node_modules");
const VENDOR = path.join(import.meta.dirname, "../../api/static/vendor");
const COMMAND = "make vendor";
/** So many differences are told. */
const TOLD = 10;

/**
 * The files that a copy is of, and where they go.
 *
 * @param {string} folder
 * @param {Copy} copy
 */
async function pairs(folder, { from, to, ending }) {
  const source = path.join(folder, from);
  if (!ending) return [{ source, to }];
  const names = (await readdir(source)).filter((name) => name.endsWith(ending));
  return names.map((name) => ({ source: path.join(source, name), to: `${to}/${name}` }));
}

/**
 * Adds a library's files to those that are wanted; what there is to say about it.
 *
 * @param {Library} library
 * @param {Files} files
 * @returns {Promise<Described>}
 */
async function add(library, files) {
  const folder = path.join(PACKAGES, library.package);
  const described = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  for (const copy of library.files) {
    for (const { source, to } of await pairs(folder, copy)) {
      files.set(to, prepared(await readFile(source), to, copy.change));
    }
  }
  for (const [name, module] of Object.entries(library.types)) {
    const script = files.get(name.replace(/\.d\.ts$/, ".js"));
    files.set(name, Buffer.from(declaration(module, script?.includes("export default") ?? false)));
  }
  return { ...library, version: described.version, licence: described.license };
}

/** Everything that belongs into the folder. */
async function wanted() {
  /** @type {Files} */
  const files = new Map();
  const libraries = [];
  for (const library of LIBRARIES) libraries.push(await add(library, files));
  files.set("README.md", Buffer.from(readme(libraries, files, COMMAND)));
  return files;
}

/** Everything that is in the folder. */
async function found() {
  /** @type {Files} */
  const files = new Map();
  const entries = await readdir(VENDOR, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const entry of entries.filter((each) => !each.isDirectory())) {
    const name = path.join(entry.parentPath, entry.name);
    files.set(path.relative(VENDOR, name).split(path.sep).join("/"), await readFile(name));
  }
  return files;
}

/** @param {Files} files */
async function write(files) {
  await rm(VENDOR, { recursive: true, force: true });
  for (const [name, content] of files) {
    await mkdir(path.dirname(path.join(VENDOR, name)), { recursive: true });
    await writeFile(path.join(VENDOR, name), content);
  }
}

const given = await asked(import.meta.filename, { check: { type: "boolean" } });
const files = await wanted();
if (given.check) {
  const differing = differences(files, await found());
  if (differing.length > 0) {
    const more = differing.length > TOLD ? [`and ${differing.length - TOLD} more`] : [];
    fail(`api/static/vendor is not what the packages hold, run ${COMMAND}:\n  ${[...differing.slice(0, TOLD), ...more].join("\n  ")}`);
  }
} else {
  await write(files);
}
