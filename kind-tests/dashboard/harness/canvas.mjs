// What is drawn on a canvas.

import { until } from "./until.mjs";

/** @import { Locator } from "playwright-core" */

/**
 * A number for what is drawn: nought where there is nothing dark.
 *
 * @param {Locator} canvas
 */
function sumOf(canvas) {
  return canvas.evaluate((element) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (element);
    const pixels = /** @type {HTMLCanvasElement} */ (element).getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    let sum = 0;
    for (let place = 0; place < pixels.length; place += 4) {
      const isDark = Number(pixels[place + 3]) > 0 && Number(pixels[place]) < 128;
      if (isDark) sum = (sum * 31 + place) % 1_000_000_007;
    }
    return sum;
  });
}

/**
 * Waits until something is drawn; a number for it.
 *
 * @param {Locator} canvas
 * @param {number[]} [others] for what was drawn before, and is not meant
 */
export function untilDrawn(canvas, others = []) {
  return until("something to be drawn", async () => {
    const sum = await sumOf(canvas);
    return sum !== 0 && !others.includes(sum) && sum;
  });
}
