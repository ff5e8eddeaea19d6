// Parts of the platform that go away under an open page.

import assert from "node:assert/strict";

import { slowPdf, textFile } from "../harness/documents.mjs";
import { rowOf } from "../harness/grid.mjs";
import { bringBack, replicas, restart, takeAway, theApi, theRedis } from "../harness/parts.mjs";
import { recordBar, recordText } from "../harness/progress.mjs";
import { unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";
import { chooseFiles, slowDown, uploadRow } from "../harness/uploading.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Api } from "../harness/api.mjs" */
/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Step } from "../harness/progress.mjs" */

/** What a browser says of a server that is away. */
const AWAY = /^console: (WebSocket connection to .* failed|Failed to load resource: (net::|.* 50[234] ))/;
/** The mark by which the page says whether it is live. */
const MARK = "header .live";
/** A part of the platform has so long to go and come back, in seconds. */
const LIMIT = 240;
/** What an encoder is at work on is ready within so long, in milliseconds. */
const ENCODED = 90_000;

/** @param {Page} page @param {string} name */
const untilReady = (page, name) => uploadRow(page, name).getByText(/^Document ready!/).waitFor({ timeout: ENCODED });

/**
 * How many documents have a name.
 *
 * @param {Api} api
 * @param {string} search
 */
const count = async (api, search) => (await api.send("GET", `/api/documents?${new URLSearchParams({ search })}`)).documents.length;

/** @param {Step[]} steps */
function checkNeverBack(steps) {
  assert.ok(steps.every(({ value }, index) => value >= (steps[index - 1]?.value ?? 0)), `the bar goes back: ${JSON.stringify(steps)}`);
}

/** @type {Flow[]} */
export default [
  {
    name: "outages: the API is restarted under an open page, which says so and recovers, and nothing is lost",
    isAlone: true,
    limit: LIMIT,
    run: async (stage) => {
      stage.expects(AWAY);
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member" });
      const files = [slowPdf(unique("worked on.pdf"), 600), textFile(unique("going up.txt"), "sent slowly ".repeat(50_000)), textFile(unique("next.txt"), "sent slowly ".repeat(50_000))];
      const modes = await recordText(page, MARK);
      await until("the page to be live", async () => (await modes()).at(-1) === "Live");
      await slowDown(page, 60_000);
      await chooseFiles(page, files.slice(1));
      await uploadRow(page, files[1]?.name ?? "").getByText(/^Uploading\.\.\. [1-9]\d*%/).waitFor();
      const bar = await recordBar(page, files[0]?.name ?? "");
      await api.upload(files[0] ?? assert.fail());
      await restart(theApi());
      await slowDown(page, -1);
      // The API that is replaced ends when it has answered what it was asked.
      await until("the page to say so", async () => (await modes()).slice((await modes()).indexOf("Live")).length > 1, 40);
      await until("the page to be live again", async () => (await modes()).at(-1) === "Live");
      for (const { name } of files.slice(1)) await untilReady(page, name);
      for (const { name } of files) assert.equal(await count(api, name), 1, name);
      checkNeverBack(await bar());
      await page.goto("/#/documents");
      for (const { name } of files) await rowOf(page, name).getByText("Ready", { exact: true }).waitFor({ timeout: ENCODED });
      const later = textFile(unique("later.txt"), unique("Later"));
      await api.upload(later);
      await rowOf(page, later.name).getByText("Ready", { exact: true }).waitFor();
    },
  },
  {
    name: "outages: while the API is away the page says so, keeps what it shows, and sends what is uploaded once it is back",
    isAlone: true,
    limit: LIMIT,
    run: async (stage) => {
      stage.expects(AWAY);
      const { api } = stage.tenant.accounts.member;
      const shown = textFile(unique("shown.txt"), unique("Shown"));
      await api.untilStatus(await api.upload(shown), "ready");
      const page = await stage.open({ role: "member" });
      const modes = await recordText(page, MARK);
      await rowOf(page, shown.name).waitFor();
      const wanted = await replicas(theApi());
      stage.finally(() => bringBack(theApi(), wanted));
      await takeAway(theApi());
      const alert = page.getByRole("alert").getByText("The server does not answer, trying again…");
      await alert.waitFor();
      assert.ok(await rowOf(page, shown.name).isVisible(), "what was shown is gone");
      const file = textFile(unique("meanwhile.txt"), unique("Meanwhile"));
      await chooseFiles(page, [file]);
      await uploadRow(page, file.name).getByText("The server does not answer. Trying again…").waitFor();
      await bringBack(theApi(), wanted);
      await untilReady(page, file.name);
      await alert.waitFor({ state: "hidden" });
      await until("the page to be live again", async () => (await modes()).at(-1) === "Live");
      assert.equal(await count(api, file.name), 1);
    },
  },
  {
    name: "outages: Redis goes away under an open page, and progress goes on",
    isAlone: true,
    limit: LIMIT,
    run: async (stage) => {
      const page = await stage.open({ role: "member" });
      const [before, during] = [slowPdf(unique("before.pdf"), 600), slowPdf(unique("during.pdf"), 900)];
      const wanted = await replicas(theRedis());
      stage.finally(() => bringBack(theRedis(), wanted));
      const bars = [await recordBar(page, before.name), await recordBar(page, during.name)];
      await chooseFiles(page, [before]);
      await uploadRow(page, before.name).getByText(/^Processing\.\.\./).waitFor();
      await takeAway(theRedis());
      await chooseFiles(page, [during]);
      for (const { name } of [before, during]) await untilReady(page, name);
      for (const bar of bars) checkNeverBack(await bar());
      // What Redis told from page to page is told by the resource now and then.
      const values = (await (bars[1] ?? assert.fail())()).map(({ value }) => value);
      assert.ok(values.some((value) => value > 30 && value < 100), `the bar stands still: ${values.join()}`);
    },
  },
];
