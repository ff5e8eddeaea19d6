// Ten thousand documents.

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { grid, rows } from "../harness/grid.mjs";
import { firstRow, noteFirstRow, noteLongTasks, scriptBytes } from "../harness/measures.mjs";
import { settled } from "../harness/sign-in.mjs";
import { token } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

const DOCUMENTS = 10_000;
/** So many are enough for an action to be seen at work. */
const FEWER = 3000;
/** The first view can be used within so many milliseconds, */
const INTERACTIVE = 1000;
/** no task is longer, in milliseconds, */
const LONG = 100;
/** and its scripts are smaller, in bytes. */
const SCRIPTS = 150_000;
/** The first view is loaded so often; the middle one counts. */
const LOADS = 5;
/** So many documents make progress at once. */
const CHANGES = 50;
/** So many pixels at a turn of the wheel. */
const TURN = 6000;
const LIMIT = 180;

/**
 * Turns the wheel until the last of all rows is in view.
 *
 * @param {Page} page
 */
async function scrollThrough(page) {
  await grid(page).hover({ position: { x: 300, y: 200 } });
  for (;;) {
    await page.mouse.wheel(0, TURN);
    const { count, left } = await page.evaluate(() => {
      const main = document.getElementById("main");
      const below = main ? main.scrollHeight - main.scrollTop - main.clientHeight : 0;
      return { count: Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount")), left: below };
    });
    if (count > DOCUMENTS && left < 1) return;
  }
}

/** @param {number[]} values */
const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @type {Flow[]} */
export default [
  {
    name: "many: of 10,000 documents the first are there within a second, and neither scrolling nor progress holds the page up",
    isThorough: true,
    isAlone: true,
    limit: LIMIT,
    run: async (stage) => {
      const tenant = await stage.tenantWithRows("many", DOCUMENTS);
      const { api } = tenant.accounts.member;
      // Numbers are written as the language has them.
      const italian = await stage.open({ tenant, role: "read_only", language: "it" });
      await italian.getByText("10.000 documenti", { exact: true }).waitFor();
      await italian.close();
      const page = await stage.open({ tenant, role: "member", hash: "#/documents" });
      await page.getByText("10,000 documents", { exact: true }).waitFor();
      await noteFirstRow(page.context());
      const loads = [];
      for (let load = 0; load < LOADS; load += 1) {
        await page.reload();
        loads.push(Math.round(await firstRow(page)));
      }
      await settled(page);
      const { first: bytes, later } = await scriptBytes(page);
      stage.tell(`first view: ${loads.join(", ")} ms, ${(bytes / 1000).toFixed(1)} kB of scripts, and ${(later / 1000).toFixed(1)} kB afterwards`);
      const tasks = await noteLongTasks(page);
      await scrollThrough(page);
      const whileScrolling = await tasks();
      await page.locator("#main").evaluate((main) => main.scrollTo(0, 0));
      const part = token();
      const left = Array.from({ length: CHANGES }, (_, index) => textFile(`${part} ${index}.txt`, `${part} ${index}`));
      /** @type {string[]} */
      const ids = [];
      const work = async () => {
        for (let file = left.shift(); file; file = left.shift()) ids.push(await api.upload(file));
      };
      await Promise.all(Array.from({ length: 5 }, work));
      for (const id of ids) await api.untilStatus(id, "ready");
      await until("the rows in view to be ready", async () => (await rows(page).filter({ hasText: part }).filter({ hasText: "Ready" }).count()) >= 10);
      const whileChanging = (await tasks()).slice(whileScrolling.length);
      stage.tell(`longest tasks: ${Math.max(0, ...whileScrolling)} ms while scrolling, ${Math.max(0, ...whileChanging)} ms while ${CHANGES} documents make progress`);
      await rows(page).first().click();
      await page.locator("main h1").getByText(part).waitFor();
      assert.ok(middle(loads) < INTERACTIVE, `the first view can be used after ${middle(loads)} ms`);
      assert.ok(bytes < SCRIPTS, `the first view has ${bytes} bytes of scripts`);
      assert.deepEqual([...whileScrolling, ...whileChanging].filter((task) => task > LONG), [], "the page is held up, in milliseconds");
    },
  },
  {
    name: "many: something is done with all that match, after a question; it is followed, stopped, and done",
    limit: LIMIT,
    run: async (stage) => {
      const tenant = await stage.tenantWithRows("all that match", FEWER);
      const { api } = tenant.accounts.member;
      const matching = async (/** @type {string} */ filter) => (await api.send("GET", `/api/documents?limit=1&count=true&${filter}`)).matching;
      const page = await stage.open({ tenant, role: "member", hash: "#/documents" });
      const all = grid(page).getByRole("checkbox", { name: "Select all that are shown" });
      const group = page.getByRole("group", { name: "All that match the filter:" });
      const choose = async (/** @type {string} */ filter, /** @type {number} */ count) => {
        await page.goto(`/#/documents?${filter}`);
        await page.getByText(`${count.toLocaleString("en")} documents`, { exact: true }).waitFor();
        await all.check();
        await group.getByRole("button", { name: "Delete" }).click();
        return page.getByRole("dialog", { name: `Delete ${count.toLocaleString("en")} documents` });
      };
      await all.check();
      await page.getByText("To act on all documents, choose a filter first.").waitFor();

      const filter = "status=failed&reason=NoText";
      const count = await matching(filter);
      const dialog = await choose(filter, count);
      await dialog.getByRole("button", { name: "Not now" }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.equal(await matching(filter), count, "it was done though nobody agreed");
      await group.getByRole("button", { name: "Delete" }).click();
      await dialog.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText(`Completed: ${count} of ${count} done, 0 skipped, 0 failed`).waitFor({ timeout: 60_000 });
      await page.getByText("No document matches").waitFor();
      assert.equal(await matching(filter), 0);

      const ready = await matching("status=ready");
      await (await choose("status=ready", ready)).getByRole("button", { name: "Delete", exact: true }).click();
      const notice = page.getByRole("region", { name: `Delete ${ready.toLocaleString("en")} documents` });
      await notice.getByText(/^[1-9][\d,]* of [\d,]+ done/).waitFor();
      await notice.getByRole("button", { name: "Stop" }).click();
      await notice.getByText(/^Stopped: [\d,]+ of [\d,]+ done/).waitFor();
      const left = await matching("status=ready");
      assert.ok(left > 0 && left < ready, `${left} of ${ready} are left`);
    },
  },
];
