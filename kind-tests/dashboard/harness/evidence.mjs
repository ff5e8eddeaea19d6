// What a failed flow leaves for a look: of each page a picture, and what a screen reader is told of it.

import { mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { described } from "./failure.mjs";

/** @import { Page } from "playwright-core" */

/** @type {Promise<string> | undefined} */
let folder;

/**
 * Writes it into a folder of this run; the paths.
 *
 * @param {string} flow its name
 * @param {Page[]} pages
 */
export async function keep(flow, pages) {
  folder ??= mkdtemp(path.join(os.tmpdir(), "socrate-dashboard-"));
  const begin = path.join(await folder, flow.replace(/[^\w-]+/g, "-").toLowerCase());
  const kept = [];
  for (const [index, page] of pages.entries()) {
    if (!page.isClosed()) kept.push(...(await keepPage(page, pages.length > 1 ? `${begin}-${index + 1}` : begin)));
  }
  return kept;
}

/**
 * @param {Page} page
 * @param {string} begin of the files' paths
 */
async function keepPage(page, begin) {
  // The page may be in a state in which it cannot be pictured; that is told in place of it.
  const picture = await page.screenshot({ path: `${begin}.png`, fullPage: true }).then(() => `${begin}.png`, described);
  const snapshot = await page.locator("body").ariaSnapshot().catch(described);
  await writeFile(`${begin}.txt`, `${page.url()}\n\n${snapshot}\n`);
  return [picture, `${begin}.txt`];
}
