// Every view by axe, and as wide as its window.

import assert from "node:assert/strict";

import { violations } from "../harness/axe.mjs";
import { tooWide } from "../harness/layout.mjs";
import { HEIGHTS, LANGUAGES, THEMES } from "../harness/stage.mjs";
import { VIEWS, show } from "../harness/views.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Stage, Visitor } from "../harness/stage.mjs" */

/** So many views take some time, in seconds. */
const LIMIT = 300;
/** Each theme in one language, and one of the two on a telephone: what a text is, a theme does not change. */
const LOOKS = /** @type {const} */ ([
  // Italian has the longer words.
  { theme: "light", language: "it", width: 1280, isTried: true },
  { theme: "dark", language: "en", width: 360, isTried: false },
]);

/**
 * Shows every view in turn to one visitor who is signed in and one who is not; what was found, after the names of the views.
 *
 * @param {Stage} stage
 * @param {Visitor} visitor
 * @param {(page: Page) => Promise<string[]>} look
 */
async function everywhere(stage, visitor, look) {
  const holding = await stage.holding();
  const pages = { in: await stage.open(visitor), out: await stage.open({ ...visitor, role: null }) };
  const size = pages.in.viewportSize() ?? assert.fail();
  const found = [];
  for (const view of VIEWS) {
    const page = view.isSignedOut ? pages.out : pages.in;
    await page.setViewportSize(size);
    await show(page, view, holding);
    found.push(...(await look(page)).map((line) => `${view.name}: ${line}`));
  }
  if (found.length > 0) assert.fail(found.join("\n"));
}

/**
 * What does not find room in windows of other widths.
 *
 * @param {Page} page
 */
async function wider(page) {
  const found = [];
  for (const [width, height] of Object.entries(HEIGHTS)) {
    await page.setViewportSize({ width: Number(width), height });
    found.push(...(await tooWide(page)).map((line) => `${width}: ${line}`));
  }
  return found;
}

/** @param {Visitor} visitor @returns {boolean} */
const isUsual = ({ theme, language }) => LOOKS.some((look) => look.theme === theme && look.language === language);

/** @param {Visitor & { isTried: boolean }} visitor whose views are tried in windows of all widths, or not @returns {Flow} */
const byAxe = (visitor) => ({
  name: `accessibility: axe finds nothing in any view, ${visitor.theme}, ${visitor.language}, ${visitor.width} pixels${visitor.isTried ? ", and each finds room in any window" : ""}`,
  limit: LIMIT,
  isThorough: !visitor.isTried,
  run: (stage) => everywhere(stage, visitor, async (page) => [...(await violations(page)), ...(visitor.isTried ? await wider(page) : [])]),
});

/** @type {Flow[]} */
export default [
  {
    name: "accessibility: the links of the navigation have their names in windows of any width",
    run: async (stage) => {
      const page = await stage.open({ role: "member" });
      const views = page.getByRole("navigation", { name: "Views" });
      for (const [width, height] of Object.entries(HEIGHTS)) {
        await page.setViewportSize({ width: Number(width), height });
        for (const name of ["Documents", "Uploads", "Failures", "Statistics", "Settings"]) {
          await views.getByRole("link", { name: new RegExp(`^${name}`) }).waitFor();
          assert.deepEqual(await views.getByRole("link", { name: new RegExp(`^${name}`) }).locator(".name").allInnerTexts(), [name], `${width} pixels`);
        }
      }
    },
  },
  ...LOOKS.map(byAxe),
  ...THEMES.flatMap((theme) => LANGUAGES.map((language) => ({ theme, language, width: 1280, isTried: false })))
    .filter((visitor) => !isUsual(visitor))
    .map(byAxe),
];
