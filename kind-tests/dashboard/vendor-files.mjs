// What becomes of a library's files on their way into the dashboard. Pure.

import { createHash } from "node:crypto";

/**
 * @typedef {Map<string, Buffer>} Files contents by path, which is relative and has slashes
 * @typedef {{ what: string, apply: (text: string) => string }} Change what is changed in a script, as its first line says it
 * @typedef {{ package: string, version: string, licence: string, why: string, notes?: string[] }} Described
 */

const SCRIPT = /\.m?js$|\.css$/;
const SOURCE_MAP = /^(?:\/\/|\/\*)[#@] ?sourceMappingURL=.*$\n?/gm;

/**
 * The text with a part replaced that must be in it once.
 *
 * @param {string} text
 * @param {string} part
 * @param {string} replacement
 */
export function replaceOnce(text, part, replacement) {
  const pieces = text.split(part);
  if (pieces.length !== 2) {
    throw new Error(`${JSON.stringify(part)} is there ${pieces.length - 1} times and not once: look at how the library is built now`);
  }
  return pieces.join(replacement);
}

/**
 * The script without the comment that names a file which does not come along.
 *
 * @param {string} text
 */
export function withoutSourceMap(text) {
  return text.replaceAll(SOURCE_MAP, "");
}

/**
 * A file as it goes into the dashboard. Licences want a change to be told in the file itself.
 *
 * @param {Buffer} content
 * @param {string} path where it goes
 * @param {Change} [change]
 */
export function prepared(content, path, change) {
  if (!SCRIPT.test(path)) return content;
  const text = withoutSourceMap(content.toString("utf8"));
  return Buffer.from(change ? `// Changed for the dashboard: ${change.what}.\n${change.apply(text)}` : text);
}

/**
 * What tells the type checker about a copy: what the package exports.
 *
 * @param {string} module the package, or a part of it
 * @param {boolean} hasDefault whether the copy has a default export alone
 */
export function declaration(module, hasDefault) {
  return hasDefault ? `export { default } from "${module}";\n` : `export * from "${module}";\n`;
}

/** @param {Buffer} content */
export function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * What is not as it should be, a line each.
 *
 * @param {Files} wanted
 * @param {Files} found
 */
export function differences(wanted, found) {
  const lines = [];
  for (const [path, content] of wanted) {
    const there = found.get(path);
    if (!there) lines.push(`${path} is missing`);
    else if (!there.equals(content)) lines.push(`${path} is another than the package's`);
  }
  for (const path of found.keys()) {
    if (!wanted.has(path)) lines.push(`${path} is of no package`);
  }
  return lines;
}

/**
 * What a reader of the folder wants to know.
 *
 * @param {Described[]} libraries
 * @param {Files} files
 * @param {string} command what writes all this anew
 */
export function readme(libraries, files, command) {
  const rows = libraries.map((each) => `| [${each.package}](licences/${each.package}.txt) | ${each.version} | ${each.licence} | ${each.why} |`);
  const notes = libraries.flatMap((each) => each.notes ?? []).map((note) => `- ${note}`);
  const sums = [...files].map(([path, content]) => `${sha256(content)}  ${path}`).sort((one, other) => (one.slice(66) < other.slice(66) ? -1 : 1));
  return [
    "# Libraries of others",
    "",
    `Copied from their packages by \`${command}\`, which also wrote this file: nothing here is changed by hand. The versions are those of`,
    "`kind-tests/dashboard/package.json`; `make lint` compares.",
    "",
    "| library | version | licence | why |",
    "|---|---|---|---|",
    ...rows,
    "",
    ...notes,
    "",
    "Their digests; `sha256sum --check README.md` in this folder compares them.",
    "",
    "```text",
    ...sums,
    "```",
    "",
  ].join("\n");
}
