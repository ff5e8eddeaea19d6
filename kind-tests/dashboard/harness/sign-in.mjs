// The form by which people sign in.

import { until } from "./until.mjs";
import { requestsInFlight, wasCut } from "./watch.mjs";

/** @import { Page } from "playwright-core" */

/** A view has its heading within so many seconds. */
const SHOWN_WITHIN = 30;

/** @param {Page} page */
export const keyField = (page) => page.getByLabel(/^(Chiave API|API key)$/);

/** @param {Page} page */
export const signInButton = (page) => page.getByRole("button", { name: /^(Entra|Sign in)$/ });

/**
 * Fills the form in and sends it.
 *
 * @param {Page} page
 * @param {string} key
 */
export async function submitKey(page, key) {
  await keyField(page).fill(key);
  await signInButton(page).click();
}

/**
 * Signs in, and waits for what is behind the form.
 *
 * @param {Page} page
 * @param {string} key
 */
export async function enter(page, key) {
  await submitKey(page, key);
  await keyField(page).waitFor({ state: "hidden" });
  await settled(page);
}

/**
 * Waits until a view has all it shows: its heading is there, every request has its answer, what came of it is drawn, and nothing of the view says that
 * it is busy.
 *
 * @param {Page} page
 */
export async function settled(page) {
  const heading = page.locator("main h1").first();
  await until(`${page.url()} to have a heading`, async () => {
    if (wasCut(page)) await page.reload();
    return heading.isVisible();
  }, SHOWN_WITHIN);
  await until(`${page.url()} to have all it shows`, async () => requestsInFlight(page) === 0 && !(await isBusy(page)) && requestsInFlight(page) === 0);
}

/**
 * Whether a view says that it is busy, once it is drawn.
 *
 * @param {Page} page
 */
function isBusy(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        // What the first frame draws may ask for more before the second.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.querySelector("main[aria-busy=true], main [aria-busy=true]") !== null)));
      }),
  );
}
