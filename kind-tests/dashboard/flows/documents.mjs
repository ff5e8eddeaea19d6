// The list of documents: what it is restricted to, its order, and what is found in names and texts.

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { grid, names, rowOf, rows } from "../harness/grid.mjs";
import { settled } from "../harness/sign-in.mjs";
import { token } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Stage } from "../harness/stage.mjs" */

/** @param {Page} page */
const hashOf = (page) => new URL(page.url()).hash;

/**
 * Small documents that are ready, named `PART KIND.txt`; the part, which no other name has.
 *
 * @param {Stage} stage
 * @param {string[]} kinds
 */
async function readyDocuments(stage, kinds) {
  const { api } = stage.tenant.accounts.member;
  const part = token();
  const ids = [];
  // One after the other, so that their order by time is known.
  for (const kind of kinds) ids.push(await api.upload(textFile(`${part} ${kind}.txt`, `${part} ${kind}`)));
  for (const id of ids) await api.untilStatus(id, "ready");
  return part;
}

/** @type {Flow[]} */
export default [
  {
    name: "documents: a date and a size are typed key by key",
    run: async (stage) => {
      const page = await stage.open({ role: "read_only", hash: "#/documents" });
      await page.getByRole("button", { name: "Filters" }).click();
      const from = page.getByLabel("Uploaded from");
      await from.pressSequentially("01022026");
      await page.waitForURL(/[?&]from=2026-01-02(&|$)/);
      assert.equal(await from.inputValue(), "2026-01-02");
      const least = page.getByLabel("At least (kB)");
      await least.pressSequentially("1.05");
      await page.waitForURL(/[?&]min=1050(&|$)/);
      assert.equal(await least.inputValue(), "1.05");
      await page.getByRole("button", { name: "Clear filters" }).click();
      await until("the fields to be empty", async () => (await from.inputValue()) + (await least.inputValue()) === "");
    },
  },
  {
    name: "documents: an address says what the list is restricted to, and each restriction is taken away by itself",
    run: async (stage) => {
      await stage.holding();
      const page = await stage.open({ role: "read_only", hash: "#/documents?sort=created_at&status=failed&reason=Malformed" });
      const damaged = rowOf(page, "scanned contract.pdf");
      const cancelled = rowOf(page, "not needed any more.txt");
      const state = page.getByRole("group", { name: "State", exact: true });
      await damaged.waitFor();
      assert.ok((await rows(page).allTextContents()).every((text) => text.includes("Damaged file")), "there is something else in the list");
      assert.equal(await state.getByRole("button", { name: /^Failed/ }).getAttribute("aria-pressed"), "true");
      assert.ok(await page.getByRole("button", { name: "Filters (1)" }).isVisible());
      await page.getByRole("button", { name: "Take away the filter Damaged file" }).click();
      await cancelled.waitFor();
      assert.equal(hashOf(page), "#/documents?sort=created_at&status=failed");
      await state.getByRole("button", { name: /^All/ }).click();
      await rowOf(page, "Of Studies.pdf").waitFor();
      assert.equal(hashOf(page), "#/documents?sort=created_at");
    },
  },
  {
    name: "documents: restrictions are chosen, seen, counted in the address, and all taken away",
    run: async (stage) => {
      await stage.holding();
      // The oldest first: what other flows have left does not push them out of view.
      const page = await stage.open({ role: "read_only", hash: "#/documents?sort=created_at" });
      const today = await page.evaluate(() => new Date().toLocaleDateString("sv"));
      await page.getByRole("button", { name: "Filters" }).click();
      await page.getByLabel("Language", { exact: true }).selectOption("en");
      await page.getByLabel("Queue", { exact: true }).selectOption("documents");
      await page.getByLabel("Uploaded from").fill(today);
      await page.getByLabel("Uploaded until").fill(today);
      await page.getByLabel("At least (kB)").fill("5");
      await page.getByLabel("At most (kB)").fill("60");
      await rowOf(page, "Of Studies.pdf").waitFor();
      await until("smaller documents to be out of the list", async () => (await names(page)).every((name) => !name.endsWith(".txt")));
      const wanted = { language: "en", queue: "documents", from: today, to: today, min: "5000", max: "60000", sort: "created_at" };
      assert.deepEqual(Object.fromEntries(new URLSearchParams(hashOf(page).split("?")[1])), wanted);
      const chips = page.getByRole("list", { name: "Active filters" });
      for (const text of ["English", "Queue Documents", "At least 5 kB", "At most 60 kB"]) await chips.getByText(text, { exact: true }).waitFor();
      await page.getByRole("button", { name: "Filters (6)" }).waitFor();
      await page.getByRole("button", { name: "Clear filters" }).click();
      await rowOf(page, "scanned contract.pdf").waitFor();
      assert.equal(hashOf(page), "#/documents?sort=created_at");
    },
  },
  {
    name: "documents: back and forward lead through lists and documents as they were",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ role: "read_only", hash: "#/statistics" });
      await page.getByRole("link", { name: /Failed/ }).first().click();
      await rowOf(page, "scanned contract.pdf").click();
      await page.getByRole("heading", { name: "scanned contract.pdf" }).waitFor();
      await page.goBack();
      await rowOf(page, "scanned contract.pdf").waitFor();
      assert.equal(hashOf(page), "#/documents?status=failed");
      assert.equal(await page.getByRole("button", { name: /^Failed/ }).getAttribute("aria-pressed"), "true");
      await page.goBack();
      await page.getByRole("heading", { name: "Statistics" }).waitFor();
      await page.goForward();
      await page.goForward();
      await page.getByRole("heading", { name: "scanned contract.pdf" }).waitFor();
      // A link to a part of a document leads there at once.
      await page.goto(`/#/documents/${ready}?tab=chunks&chunk=2`);
      await page.getByRole("heading", { name: "Chunk 3", exact: true }).waitFor();
    },
  },
  {
    name: "documents: names are searched, and the list is sorted either way",
    run: async (stage) => {
      const part = await readyDocuments(stage, ["beta", "alpha", "gamma"]);
      const page = await stage.open({ role: "member" });
      const listed = (/** @type {string[]} */ ...kinds) => {
        const wanted = kinds.map((kind) => `${part} ${kind}.txt`);
        return until(`the list ${kinds.join()}`, async () => (await names(page)).join() === wanted.join());
      };
      await page.getByRole("searchbox", { name: "Search by name" }).fill(part);
      await listed("gamma", "alpha", "beta");
      await page.getByText("3 documents", { exact: true }).waitFor();
      const head = grid(page).getByRole("columnheader", { name: /^Name/ });
      await head.getByRole("button").click();
      await listed("gamma", "beta", "alpha");
      assert.equal(await head.getAttribute("aria-sort"), "descending");
      await head.getByRole("button").click();
      await listed("alpha", "beta", "gamma");
      assert.equal(await head.getAttribute("aria-sort"), "ascending");
      await page.getByLabel("Order").selectOption("Oldest first");
      await listed("beta", "alpha", "gamma");
      assert.equal(hashOf(page), `#/documents?search=${part}&sort=created_at`);
      await page.reload();
      await settled(page);
      await listed("beta", "alpha", "gamma");
      await page.getByRole("searchbox").fill(`${part} no such`);
      await page.getByText("No document matches").waitFor();
    },
  },
  {
    name: "documents: texts are searched, and what was looked for is marked in the passages",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const word = `quiddity${token()}`;
      const name = `searched ${word}.txt`;
      await api.upload(textFile(name, `Here stands ${word} once`));
      await until("the document to be found", async () => (await api.send("GET", `/api/search?q=${word}`)).results.length > 0);
      const page = await stage.open({ role: "read_only" });
      await page.getByRole("button", { name: "Text", exact: true }).click();
      await page.getByRole("searchbox", { name: "Search in the text" }).fill(word);
      await page.getByText("1 passage", { exact: true }).waitFor();
      const found = page.getByRole("listitem").filter({ has: page.getByRole("link", { name }) });
      await found.waitFor();
      assert.deepEqual(await found.locator("mark").allTextContents(), [word]);
      assert.equal(hashOf(page), `#/documents?in=text&text=${word}`);
      await found.getByRole("link").click();
      await page.getByRole("heading", { name: "Chunk 1", exact: true }).waitFor();
      await page.goBack();
      await found.waitFor();
      await page.getByRole("searchbox").fill(`${word}x`);
      await page.getByText(`Nothing found for “${word}x”`).waitFor();
    },
  },
];
