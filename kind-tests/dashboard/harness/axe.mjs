// Looks at a page by axe: what its rules can find of what keeps people out.

import { readFile } from "node:fs/promises";

/** @import { Page } from "playwright-core" */
/** @import { AxeResults, NodeResult, RunOptions } from "axe-core" */

/** Web Content Accessibility Guidelines 2.2, levels A and AA, and what axe knows besides. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const source = readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/**
 * What it finds in a page as it is now: a line for each element.
 *
 * @param {Page} page
 */
export async function violations(page) {
  // The page's policy would forbid an element with the script; what the debugger evaluates it does not govern.
  await page.evaluate(await source);
  const found = await page.evaluate((tags) => {
    /** @typedef {{ axe: { run(of: Document, options: RunOptions): Promise<AxeResults> } }} WithAxe */
    const { axe } = /** @type {WithAxe} */ (/** @type {unknown} */ (window));
    return axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  }, TAGS);
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.target.join(" ")}: ${summary(node)}`));
}

/** @param {NodeResult} node */
const summary = (node) => (node.failureSummary ?? node.html).replaceAll(/\s+/g, " ");
