// The views of the dashboard: what is pictured, and what is looked at by axe, as data.

import { untilDrawn } from "./canvas.mjs";
import { settled } from "./sign-in.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Holding } from "./holding.mjs" */

/**
 * @typedef {object} View
 * @property {string} name
 * @property {(holding: Holding) => string} hash where it is
 * @property {boolean} [isSignedOut] whether nobody is signed in
 * @property {boolean} [isOfWriters] whether it is for who may change something
 * @property {(page: Page) => Promise<unknown>} [prepare] what is done there first
 */

/** @type {View[]} */
export const VIEWS = [
  { name: "sign-in", hash: () => "", isSignedOut: true },
  { name: "documents", hash: () => "#/documents" },
  { name: "documents-filtered", hash: () => "#/documents?status=failed&reason=Malformed", prepare: openFilters },
  { name: "documents-selected", hash: () => "#/documents", isOfWriters: true, prepare: (page) => page.getByRole("grid").getByRole("checkbox").nth(2).check() },
  { name: "documents-none", hash: () => "#/documents?search=nothing+has+this+name" },
  { name: "search", hash: () => "#/documents?in=text&text=studies" },
  { name: "document-ready", hash: ({ ready }) => `#/documents/${ready}` },
  { name: "document-chunks", hash: ({ ready }) => `#/documents/${ready}?tab=chunks`, prepare: (page) => untilDrawn(page.locator("aside canvas")) },
  { name: "document-commands", hash: ({ ready }) => `#/documents/${ready}?tab=commands` },
  { name: "document-run-again", hash: ({ ready }) => `#/documents/${ready}`, isOfWriters: true, prepare: (page) => page.getByRole("button", { name: /…$/ }).click() },
  { name: "document-failed", hash: ({ failed }) => `#/documents/${failed}` },
  { name: "document-waiting", hash: ({ waiting }) => `#/documents/${waiting}` },
  { name: "uploads", hash: () => "#/uploads", isOfWriters: true },
  { name: "failures", hash: () => "#/failures" },
  { name: "statistics", hash: () => "#/statistics" },
  ...["account", "keys", "webhooks", "members", "audit", "preferences"].map((part) => ({ name: `settings-${part}`, hash: () => `#/settings/${part}` })),
];

/** @type {WeakSet<Page>} */
const prepared = new WeakSet();

/** @param {Page} page */
async function openFilters(page) {
  await page.locator("[aria-controls=filters]").click();
  await page.locator("#filters").waitFor();
}

/**
 * Goes to a view.
 *
 * @param {Page} page
 * @param {View} view
 * @param {Holding} holding
 */
export async function show(page, view, holding) {
  // Loaded anew where something was done in the view before.
  if (prepared.delete(page)) await page.goto("about:blank");
  await page.goto(`/${view.hash(holding)}`);
  await settled(page);
  if (!view.prepare) return;
  prepared.add(page);
  await view.prepare(page);
}
