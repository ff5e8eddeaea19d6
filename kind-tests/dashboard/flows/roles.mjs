// Who sees what.

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { paste } from "../harness/drop.mjs";
import { grid, rowOf } from "../harness/grid.mjs";
import { settled } from "../harness/sign-in.mjs";
import { token } from "../harness/unique.mjs";
import { VIEWS, show } from "../harness/views.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** All that somebody who only reads may press. */
const READS = [
  /^Sign out$/,
  /^(Names|Text|Search)$/,
  /^(All|Processing|Ready|Failed)[\d,]*$/,
  /^Filters( \(\d+\))?$/,
  /^(Name|Uploaded)( [↑↓])?$/,
  /^(Clear filters|Take away the filter .*)$/,
  /^\d+ new documents?$/,
  /^(Chunks \(JSON\)|Index \(JSON\)|Original)$/,
  /^(Show its page|Page before|Next page|Show more|Copy|Close)$/,
];
/** What only administrators are shown. */
const OF_ADMINISTRATORS = ["Webhooks", "Members", "Audit log"];

/**
 * The names of all buttons, and what else one could act by.
 *
 * @param {Page} page
 */
const controls = (page) =>
  page.evaluate(() => [
    ...[...document.querySelectorAll("button")].map((button) => button.getAttribute("aria-label") ?? button.textContent ?? ""),
    ...[...document.querySelectorAll("input[type=file], input[type=checkbox]")].map((input) => `an input of ${input.getAttribute("type")}`),
  ]);

/** @type {Flow[]} */
export default [
  {
    name: "roles: who only reads sees no action that they may not take, on any view",
    run: async (stage) => {
      const holding = await stage.holding();
      const page = await stage.open({ role: "read_only" });
      const found = [];
      for (const view of VIEWS.filter(({ isSignedOut, isOfWriters }) => !isSignedOut && !isOfWriters)) {
        await show(page, view, holding);
        found.push(...(await controls(page)).filter((name) => !READS.some((pattern) => pattern.test(name))).map((name) => `${view.name}: ${name}`));
      }
      assert.deepEqual(found, []);
    },
  },
  {
    name: "roles: neither keys nor files do anything for who only reads",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const part = token();
      const name = `${part} read only.txt`;
      const id = await api.upload(textFile(name, name), { queue: "kueue" });
      const page = await stage.open({ role: "read_only", hash: `#/documents?search=${part}` });
      /** @type {string[]} */
      const asked = [];
      page.on("request", (request) => {
        if (request.method() !== "GET") asked.push(`${request.method()} ${request.url()}`);
      });
      await rowOf(page, name).focus();
      for (const key of [" ", "Delete"]) await page.keyboard.press(key);
      await paste(page, [textFile("pasted.txt", "Pasted")]);
      await page.goto("/#/uploads");
      await settled(page);
      await paste(page, [textFile("pasted.txt", "Pasted")]);
      await page.goto("/#/documents");
      await grid(page).waitFor();
      assert.deepEqual(asked, []);
      assert.equal((await api.status(id)).status, "processing");
    },
  },
  {
    name: "roles: members see no sections of administrators, wherever they are looked for",
    run: async (stage) => {
      for (const role of /** @type {const} */ (["member", "read_only"])) {
        const page = await stage.open({ role, hash: "#/settings" });
        /** @type {string[]} */
        const asked = [];
        page.on("request", (request) => void asked.push(new URL(request.url()).pathname));
        const sections = page.getByRole("navigation", { name: "Sections of the settings" }).getByRole("link");
        assert.deepEqual(await sections.allTextContents(), ["Account", "API keys", "Preferences"], role);
        for (const section of ["webhooks", "members", "audit"]) {
          await page.goto(`/#/settings/${section}`);
          await settled(page);
          await page.getByRole("heading", { name: "Account" }).waitFor();
        }
        assert.deepEqual(asked.filter((path) => /\/api\/(webhooks|users|audit)/.test(path)), []);
      }
      const page = await stage.open({ hash: "#/settings" });
      for (const section of OF_ADMINISTRATORS) assert.ok(await page.getByRole("link", { name: section }).isVisible(), section);
    },
  },
];
