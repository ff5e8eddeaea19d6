// Uploading as people do it, and the rows that tell how far it is.

/** @import { CDPSession, Locator, Page } from "playwright-core" */
/** @import { TestFile } from "./documents.mjs" */

/**
 * Chooses files, as the button in the head of the page has it.
 *
 * @param {Page} page
 * @param {TestFile[]} files
 */
export async function chooseFiles(page, files) {
  await page.locator("header input[data-choose=files]").setInputFiles(files);
}

/**
 * The row of a file in the view of uploads.
 *
 * @param {Page} page
 * @param {string} name
 */
export const uploadRow = (page, name) => page.getByRole("main").getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) });

/**
 * The document that a row's file has become, as soon as it was accepted.
 *
 * @param {Locator} row
 */
export async function documentOf(row) {
  const address = await row.getByRole("link").getAttribute("href");
  return address?.split("/").at(-1) ?? "";
}

/** @type {WeakMap<Page, CDPSession>} */
const lines = new WeakMap();

/**
 * Has what a page sends take its time.
 *
 * @param {Page} page
 * @param {number} bytesPerSecond
 */
export async function slowDown(page, bytesPerSecond) {
  const line = lines.get(page) ?? (await page.context().newCDPSession(page));
  lines.set(page, line);
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
}

/**
 * Has a page send as fast as it can again.
 *
 * @param {Page} page
 */
export const speedUp = (page) => slowDown(page, -1);
