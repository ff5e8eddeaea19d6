// What others do is seen as it happens: by WebSocket, and where that cannot be by what takes its place.

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { box, rowOf } from "../harness/grid.mjs";
import { keyField, settled, submitKey } from "../harness/sign-in.mjs";
import { token } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Page, Request, Route } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** The queue whose documents wait for ever. */
const WAITING = { queue: "kueue" };
/** The stream of events, and what has happened so far. */
const EVENTS = /\/api\/events/;
/** So often at most it is asked for what has changed, by the specification. */
const POLLS = 120;

/** @param {Page} page @param {string} mode */
const mark = (page, mode) => page.locator("header").getByText(mode, { exact: true });

/** Nothing comes of streams; what has happened so far can be asked for. @param {Route} route */
const withoutStreams = (route) => (route.request().url().includes("once=true") ? route.continue() : route.abort());

/** @type {Flow[]} */
export default [
  {
    name: "live: a second tab sees what is done in the first, and by programs",
    run: async (stage) => {
      stage.expects(/^console: Failed to load resource: .* 404 .*\/api\/documents\//);
      const { api } = stage.tenant.accounts.member;
      const part = token();
      const first = await stage.open({ role: "member", hash: `#/documents?search=${part}` });
      const second = await stage.another(first.context());
      await second.goto(`/#/documents?search=${part}`);
      await settled(second);
      for (const page of [first, second]) await mark(page, "Live").waitFor();
      const [ready, waiting] = [`${part} ready.txt`, `${part} waiting.txt`];
      await api.upload(textFile(ready, ready));
      const id = await api.upload(textFile(waiting, waiting), WAITING);
      for (const page of [first, second]) {
        await rowOf(page, ready).getByText("Ready", { exact: true }).waitFor();
        await rowOf(page, waiting).getByText("Queued").first().waitFor();
      }
      await rowOf(second, waiting).click();
      await second.getByRole("heading", { name: waiting }).waitFor();
      await box(first, waiting).check();
      await first.getByRole("button", { name: "Cancel", exact: true }).click();
      await rowOf(first, waiting).getByText("Cancelled", { exact: true }).waitFor();
      await second.getByRole("main").getByText("Cancelled", { exact: true }).first().waitFor();
      // What is shown beside the name and in its history is the same.
      await second.getByRole("region", { name: "What happened" }).getByText("Cancelled", { exact: true }).waitFor();
      await api.send("DELETE", `/api/documents/${id}`);
      await rowOf(first, waiting).waitFor({ state: "detached" });
      await second.getByText("There is no such document, or no longer.").waitFor();
    },
  },
  {
    name: "live: who signs out in one tab is signed out in the other, and signed in again in both",
    run: async (stage) => {
      stage.expects(/^console: (Failed to load resource: .* 401 |WebSocket connection to .* failed)/);
      const first = await stage.open({ role: "member" });
      const second = await stage.another(first.context());
      await second.goto("/#/statistics");
      await settled(second);
      await first.getByRole("button", { name: "Sign out" }).click();
      for (const page of [first, second]) await keyField(page).waitFor();
      assert.equal((await first.context().request.get("/api/account")).status(), 401, "the session goes on");
      await submitKey(second, stage.tenant.accounts.member.key);
      for (const page of [first, second]) await page.getByRole("navigation", { name: "Views" }).waitFor();
      await second.getByRole("heading", { name: "Statistics" }).waitFor();
    },
  },
  {
    name: "live: where there is no WebSocket there are events over HTTP",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const part = token();
      const page = await stage.open({ role: null });
      await page.routeWebSocket(/\/api\/ws/, (socket) => socket.close());
      await submitKey(page, stage.tenant.accounts.member.key);
      await mark(page, "Live").waitFor();
      const name = `${part} events.txt`;
      await api.upload(textFile(name, name));
      await rowOf(page, name).getByText("Ready", { exact: true }).waitFor();
    },
  },
  {
    name: "live: where nothing streams it is asked every two seconds for four minutes, then it is said that the work may go on",
    isThorough: true,
    run: async (stage) => {
      // Documents of other flows are deleted meanwhile.
      stage.expects(/^console: Failed to load resource: .* 404 .*\/api\/documents\/[^/]+\/status/);
      stage.expects(/^console: Failed to load resource: net::ERR_FAILED .*\/api\/events/);
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: null });
      await page.clock.install();
      await page.reload();
      await page.routeWebSocket(/\/api\/ws/, (socket) => socket.close());
      await page.route(EVENTS, withoutStreams);
      let polls = 0;
      const isPoll = (/** @type {Request} */ request) => request.url().includes("once=true");
      page.on("requestfinished", (request) => {
        if (isPoll(request)) polls += 1;
      });
      await submitKey(page, stage.tenant.accounts.member.key);
      await mark(page, "Every 2 s").waitFor();
      const name = `${token()} asked for.txt`;
      await api.upload(textFile(name, name));
      await rowOf(page, name).getByText("Ready", { exact: true }).waitFor();
      const warning = page.getByRole("alert").getByText("The work may still be going on");
      const before = polls;
      while (!(await warning.isVisible())) {
        assert.ok(polls <= POLLS, `it was asked ${polls} times, and nothing is said`);
        const answered = page.waitForEvent("requestfinished", isPoll);
        await Promise.all([Promise.race([answered, warning.waitFor()]), page.clock.runFor(2000)]);
      }
      assert.ok(before > 0 && polls > POLLS - 10, `it was asked ${polls} times`);
      // Nor is it taken back while nothing streams.
      await page.clock.runFor(60_000);
      assert.ok(await warning.isVisible(), "the warning has gone");
    },
  },
  {
    name: "live: while anything is processed the list is read anew every 30 seconds",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const name = `${token()} reloaded.txt`;
      await api.upload(textFile(name, name), WAITING);
      const page = await stage.open({ role: null });
      await page.clock.install();
      await page.reload();
      await submitKey(page, stage.tenant.accounts.member.key);
      await rowOf(page, name).waitFor();
      await mark(page, "Live").waitFor();
      await settled(page);
      let reads = 0;
      page.on("request", (request) => {
        if (/\/api\/documents\?/.test(request.url())) reads += 1;
      });
      await page.clock.runFor(31_000);
      await until("the list to be read", () => Promise.resolve(reads > 0), 10);
    },
  },
];
