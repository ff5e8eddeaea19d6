// What does not find room in its window.

/** @import { Page } from "playwright-core" */

/**
 * Whether a page is wider than its window, or its view than its place: what is too wide, a line for each.
 *
 * @param {Page} page
 */
export function tooWide(page) {
  return page.evaluate(async () => {
    // What is drawn anew at another width is drawn by then.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
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
