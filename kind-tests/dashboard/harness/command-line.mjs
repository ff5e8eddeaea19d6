// How programs here are asked, and how they end.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";

/**
 * @typedef {Record<string, { type: "boolean" | "string", multiple?: boolean, default?: string | boolean }>} Options
 */

/**
 * A program's options. `--help` prints the comment at its head and ends it; so does what it does not know, as a failure.
 *
 * @param {string} program its file
 * @param {Options} options
 * @returns {Promise<Record<string, any>>}
 */
export async function asked(program, options) {
  const help = usage(await readFile(program, "utf8"));
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } } });
    if (!values.help) return values;
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}\n\n${help}`, 2);
  }
  process.stdout.write(`${help}\n`);
  process.exit(0);
}

/**
 * The comment at the head of a program, which is its help.
 *
 * @param {string} source
 */
export function usage(source) {
  const lines = source.split("\n").filter((line, number) => number > 0 || !line.startsWith("#!"));
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^\/\/ ?/, ""))
    .join("\n");
}

/**
 * Ends the program.
 *
 * @param {string} message what happened, to what, and what to do
 * @param {number} [status]
 * @returns {never}
 */
export function fail(message, status = 1) {
  process.stderr.write(`${path.basename(process.argv[1] ?? "node", ".mjs")}: ${message}\n`);
  process.exit(status);
}
