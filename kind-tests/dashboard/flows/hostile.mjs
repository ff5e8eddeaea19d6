// Names and texts that are no mere text, where one lets them.

import assert from "node:assert/strict";

import { corruptPdf } from "../harness/documents.mjs";
import { box, grid, rows } from "../harness/grid.mjs";
import { HOSTILE_TEXTS, TRACE, hostileFiles } from "../harness/hostile.mjs";
import { tooWide } from "../harness/layout.mjs";
import { settled } from "../harness/sign-in.mjs";
import { HEIGHTS } from "../harness/stage.mjs";
import { until } from "../harness/until.mjs";
import { chooseFiles, uploadRow } from "../harness/uploading.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** So many files are uploaded at once. */
const AT_ONCE = 8;
/** All documents take some time, in seconds. */
const LIMIT = 180;
const WIDTHS = /** @type {const} */ ([360, 1280]);

/**
 * What is wrong with a page as it is now: a script has run, or something is wider than the window.
 *
 * @param {Page} page
 * @param {string} where
 */
async function wrong(page, where) {
  const trace = await page.evaluate((name) => Reflect.get(globalThis, name), TRACE);
  const found = await tooWide(page);
  if (trace !== undefined) found.push("a script has run");
  return found.map((each) => `${where}: ${each}`);
}

/**
 * The same at each width.
 *
 * @param {Page} page
 * @param {string} where
 */
async function wrongAtAnyWidth(page, where) {
  const found = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    found.push(...(await wrong(page, `${where}, ${width} pixels`)));
  }
  return found;
}

/** @param {Page} page @param {string} hash */
async function goTo(page, hash) {
  await page.evaluate((address) => {
    location.hash = address;
  }, hash);
  await settled(page);
}

/** @type {Flow[]} */
export default [
  {
    name: "hostile: fifty names and texts run nothing and break no layout, in lists, documents, chunks, search and failures",
    isThorough: true,
    limit: LIMIT,
    run: async (stage) => {
      const tenant = await stage.ownTenant("hostile");
      const { api } = tenant.accounts.member;
      const files = hostileFiles();
      assert.equal(new Set(files.map(({ name }) => name)).size, 50);
      const failing = files.slice(0, 10).map(({ name }) => corruptPdf(name.replace(/\.txt$/, ".pdf")));
      /** @type {string[]} */
      const ids = [];
      const left = [...files, ...failing];
      const work = async () => {
        for (let file = left.shift(); file; file = left.shift()) ids.push(await api.upload(file));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      const page = await stage.open({ tenant, role: "member" });
      // Rows are seen while they are worked on, too.
      const found = await wrongAtAnyWidth(page, "the list");
      for (const id of ids) await api.untilStatus(id, "ready", "failed");
      const shown = new Set();
      await until("all names to be shown", async () => {
        for (const name of await rows(page).locator("bdi").allTextContents()) shown.add(name);
        await page.locator("#main").evaluate((main) => main.scrollBy(0, main.clientHeight / 2));
        return files.every(({ name }) => shown.has(name));
      });
      found.push(...(await wrongAtAnyWidth(page, "the list at its end")));
      // On a telephone, where room is scarce.
      await page.setViewportSize({ width: 360, height: HEIGHTS[360] });
      const addresses = [...ids.map((id) => `#/documents/${id}?tab=chunks`), ...ids.slice(-12).map((id) => `#/documents/${id}`)];
      for (const address of addresses) {
        await goTo(page, address);
        found.push(...(await wrong(page, `${address}: ${await page.locator("main h1").textContent()}`)));
      }
      await until("texts to be found", async () => (await api.send("GET", "/api/search?q=ornament&limit=50")).results.length >= 10);
      for (const question of ["ornament", "script", "Number", `<script>window.${TRACE}=1</script>`, '"><img src=x>']) {
        await goTo(page, `#/documents?in=text&text=${encodeURIComponent(question)}`);
        found.push(...(await wrongAtAnyWidth(page, `what is found for ${question}`)));
      }
      for (const hash of ["#/failures", `#/documents?search=${encodeURIComponent("<script>")}`, "#/documents?status=failed&reason=<script>", "#/<script>"]) {
        await goTo(page, hash);
        found.push(...(await wrongAtAnyWidth(page, hash)));
      }
      stage.expects(/^console: Failed to load resource: .* 4\d\d .*\/api\/documents\/%3Cscript%3E/);
      await page.goto("/#/documents/<script>");
      await page.getByRole("main").getByRole("alert").waitFor();
      found.push(...(await wrongAtAnyWidth(page, "a document that is none")));
      assert.deepEqual(found, []);
    },
  },
  {
    name: "hostile: they are uploaded, selected, deleted and named as anything else",
    limit: LIMIT,
    run: async (stage) => {
      stage.expects(/^console: Failed to load resource: .* 4\d\d .*\/api\/documents\/upload/);
      const tenant = await stage.ownTenant("hostile hands");
      const page = await stage.open({ tenant });
      const files = hostileFiles().slice(0, 30);
      const refused = { ...(files[0] ?? assert.fail()), name: "two\nlines.txt" };
      await chooseFiles(page, [refused, ...files]);
      for (const { name } of files) await uploadRow(page, name).getByText(/^Document ready!/).waitFor({ timeout: 60_000 });
      const found = await wrongAtAnyWidth(page, "uploads");
      assert.equal(await page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("link") }).count(), files.length, "a name of two lines was accepted");
      await goTo(page, "#/documents");
      for (const { name } of files.slice(-2)) await box(page, name).check();
      found.push(...(await wrongAtAnyWidth(page, "what is selected")));
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      found.push(...(await wrongAtAnyWidth(page, "what is deleted")));
      await page.getByRole("button", { name: "Undo" }).click();
      await grid(page).waitFor();
      const { api } = tenant.accounts.admin;
      for (const text of HOSTILE_TEXTS) {
        await api.send("POST", "/api/keys", { name: text, scopes: ["documents:read"], expires_in_days: 1 });
        await api.send("POST", "/api/webhooks", { url: `https://hooks.example.com/${encodeURIComponent(text)}`, description: text });
        await api.send("POST", "/api/users", { name: text, role: "read_only" });
      }
      for (const section of ["keys", "webhooks", "members", "audit"]) {
        await goTo(page, `#/settings/${section}`);
        found.push(...(await wrongAtAnyWidth(page, section)));
      }
      await goTo(page, "#/settings/keys");
      await page.getByRole("button", { name: /^Revoke the key W/ }).click();
      found.push(...(await wrongAtAnyWidth(page, "the end of a key")));
      assert.deepEqual(found, []);
    },
  },
];
