// What does not find room in its window.

/** @import { Page } from "playwright-core" */

/** What is drawn anew at another width is drawn within so many frames. */
const FRAMES = 30;

/**
 * Whether a page is wider than its window, or its view than its place, and stays so: what is too wide, a line for each.
 *
 * @param {Page} page
 */
export async function tooWide(page) {
  let found = await wideNow(page);
  for (let frame = 0; found.length > 0 && frame < FRAMES; frame += 1) found = await wideNow(page);
  return found;
}

/** @param {Page} page */
function wideNow(page) {
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const isWide = (/** @type {Element} */ element) => element.scrollWidth > element.clientWidth;
    const places = [document.documentElement, document.getElementById("main")].filter((place) => place !== null);
    return places.filter(isWide).map((place) => {
      const right = place.getBoundingClientRect().right;
      const culprits = [...place.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > right + 1);
      const names = culprits.slice(0, 3).map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`);
      return `${place.tagName.toLowerCase()} is ${place.scrollWidth} pixels wide, and has ${place.clientWidth}: ${names.join(", ")}`;
    });
  });
}
