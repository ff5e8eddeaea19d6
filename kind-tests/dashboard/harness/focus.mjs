// Where the keyboard is.

import { Failure } from "./failure.mjs";
import { until } from "./until.mjs";

/** @import { Locator, Page } from "playwright-core" */

/** So many keys lead through any view. */
const MOST_KEYS = 80;
/** Another view has the focus within so many frames. */
const MOST_FRAMES = 6;
/** The focus is where it goes within so many seconds. */
const MOST_SECONDS = 5;

/**
 * Presses the tab key until an element has the focus.
 *
 * @param {Locator} target
 * @param {"Tab" | "Shift+Tab"} [key]
 */
export async function tabTo(target, key = "Tab") {
  const page = target.page();
  await target.first().waitFor();
  for (let pressed = 0; pressed < MOST_KEYS; pressed += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
  }
  throw new Failure(`the tab key does not lead to ${target}: the focus is on ${await focused(page)}`);
}

/**
 * Whether an element, the first of those that are meant, has the focus now.
 *
 * @param {Locator} target
 */
export async function hasFocus(target) {
  return (await target.count()) > 0 && (await target.first().evaluate((element) => element === document.activeElement));
}

/**
 * Waits until an element has the focus: it is given with the next drawing.
 *
 * @param {Locator} target
 */
export async function untilFocus(target) {
  try {
    await until(`the focus to be on ${target}`, () => hasFocus(target), MOST_SECONDS);
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : error}: it is on ${await focused(target.page())}`, { cause: error });
  }
}

/**
 * What has the focus, for people.
 *
 * @param {Page} page
 */
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element ? `${element.tagName.toLowerCase()} ${element.id || element.getAttribute("aria-label") || element.textContent}`.slice(0, 80) : "nothing";
  });
}

/**
 * Notes from now on where the focus is lost: an element that had it goes, and nothing has it in its place. A function that gives what was noted.
 *
 * @param {Page} page
 * @returns {Promise<() => Promise<string[]>>}
 */
export async function noteLostFocus(page) {
  const lost = await page.evaluateHandle((most) => {
    /** @type {string[]} */
    const notes = [];
    /** @type {Element | null} */
    let before = null;
    let frames = 0;
    const look = () => {
      const now = document.activeElement;
      if (now !== null && now !== document.body) {
        before = now;
        frames = 0;
      } else if (before && !before.isConnected && ++frames === most) {
        // Somebody who clicks beside everything loses nothing: what had the focus is still there.
        notes.push(`${before.tagName.toLowerCase()} ${before.getAttribute("aria-label") || before.textContent}`.slice(0, 80));
      }
      requestAnimationFrame(look);
    };
    look();
    return notes;
  }, MOST_FRAMES);
  return () => lost.jsonValue();
}
