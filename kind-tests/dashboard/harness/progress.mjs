// What a bar has shown, from one change to the next.

/** @import { Page } from "playwright-core" */

/** @typedef {{ value: number, said: string }} Step Per cent, and how far it is in words. */

/**
 * Records the bar of a file or document from now on; a function that gives what it has shown so far, in order.
 *
 * @param {Page} page
 * @param {string} name of the file
 * @returns {Promise<() => Promise<Step[]>>}
 */
export async function recordBar(page, name) {
  const steps = await page.evaluateHandle((part) => {
    /** @type {Step[]} */
    const seen = [];
    const look = () => {
      const bar = [...document.querySelectorAll("main [role=progressbar]")].find((each) => each.getAttribute("aria-label")?.includes(part));
      if (!bar) return;
      const step = { value: Number(bar.getAttribute("aria-valuenow")), said: bar.getAttribute("aria-valuetext") ?? "" };
      const last = seen.at(-1);
      if (last?.value !== step.value || last.said !== step.said) seen.push(step);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
    return seen;
  }, name);
  return () => steps.jsonValue();
}

/**
 * Records what an element says from now on; a function that gives each different text so far, in order.
 *
 * @param {Page} page
 * @param {string} selector
 * @returns {Promise<() => Promise<string[]>>}
 */
export async function recordText(page, selector) {
  const texts = await page.evaluateHandle((wanted) => {
    /** @type {string[]} */
    const seen = [];
    const look = () => {
      const text = document.querySelector(wanted)?.textContent ?? "";
      if (seen.at(-1) !== text) seen.push(text);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    look();
    return seen;
  }, selector);
  return () => texts.jsonValue();
}
