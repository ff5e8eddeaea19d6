// How long a page takes, as the browser has it.

/** @import { BrowserContext, Page } from "playwright-core" */

const FIRST_ROW = "first row";
/** A frame before: the row is there, and nothing has followed it yet. */
const FOUND = "first row found";

/** Runs in a page before its own scripts: marks the moment in which the first row of the list is drawn, and a click on it would reach it. */
function markFirstRow(/** @type {[string, string]} */ [name, found]) {
  const look = () => {
    const row = document.querySelector("[role=grid] [role=row][id]");
    const place = row?.getBoundingClientRect();
    const hit = place && document.elementFromPoint(place.left + place.width / 2, place.top + place.height / 2);
    if (row && hit && row.contains(hit)) {
      performance.mark(found);
      // The frame that has it is drawn before the next begins.
      requestAnimationFrame(() => performance.mark(name));
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}

/**
 * Has the pages of a context note when the list can be used.
 *
 * @param {BrowserContext} context
 */
export async function noteFirstRow(context) {
  await context.addInitScript(markFirstRow, /** @type {[string, string]} */ ([FIRST_ROW, FOUND]));
}

/**
 * From the navigation until the list could be used, in milliseconds.
 *
 * @param {Page} page
 */
export async function firstRow(page) {
  await page.waitForFunction((name) => performance.getEntriesByName(name).length > 0, FIRST_ROW);
  return page.evaluate((name) => performance.getEntriesByName(name)[0]?.startTime ?? Number.NaN, FIRST_ROW);
}

/**
 * The scripts that a page has asked for, in bytes as they are run: until the list was there, and afterwards.
 *
 * @param {Page} page
 */
export function scriptBytes(page) {
  return page.evaluate(async (name) => {
    const moment = performance.getEntriesByName(name)[0]?.startTime ?? 0;
    const sizes = { first: 0, later: 0 };
    const scripts = performance.getEntriesByType("resource").filter((resource) => new URL(resource.name).pathname.endsWith(".js"));
    for (const script of scripts) {
      // The entry of one that was in the browser's cache tells no size.
      const { byteLength } = await (await fetch(script.name)).arrayBuffer();
      sizes[script.startTime < moment ? "first" : "later"] += byteLength;
    }
    return sizes;
  }, FOUND);
}

/**
 * Notes from now on what keeps a page from answering; a function that gives the milliseconds of each such task.
 *
 * @param {Page} page
 * @returns {Promise<() => Promise<number[]>>}
 */
export async function noteLongTasks(page) {
  const tasks = await page.evaluateHandle(() => {
    /** @type {number[]} */
    const seen = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.push(Math.round(duration));
    }).observe({ type: "longtask" });
    return seen;
  });
  return () => tasks.jsonValue();
}
