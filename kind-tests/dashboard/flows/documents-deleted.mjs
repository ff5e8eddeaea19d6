// Deletion: of what is selected, with time to take it back.

import assert from "node:assert/strict";

import { textFile } from "../harness/documents.mjs";
import { box, grid, rowOf, rows } from "../harness/grid.mjs";
import { token } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Stage } from "../harness/stage.mjs" */

/** The queue whose documents wait for ever. */
const WAITING = { queue: "kueue" };

/**
 * Documents that wait, of whose names no other has the first part; that part, the names and the ids.
 *
 * @param {Stage} stage
 * @param {number} count
 */
async function waitingDocuments(stage, count) {
  const { api } = stage.tenant.accounts.member;
  const part = token();
  const all = Array.from({ length: count }, (_, index) => `${part} ${index}.txt`);
  const ids = await Promise.all(all.map((name) => api.upload(textFile(name, name), WAITING)));
  /** @param {number} index */
  const status = async (index) => (await api.exchange("GET", `/api/documents/${ids[index]}`)).status;
  return { part, names: all, hash: `#/documents?search=${part}`, status };
}

/** @type {Flow[]} */
export default [
  {
    name: "documents: what is selected is deleted, and taken back",
    run: async (stage) => {
      const { names, hash, status } = await waitingDocuments(stage, 3);
      const [first = "", second = "", third = ""] = names;
      const page = await stage.open({ role: "member", hash });
      const bar = page.getByRole("toolbar", { name: "Selected documents" });
      await box(page, first).check();
      await box(page, second).check();
      await bar.getByText("2 selected").waitFor();
      assert.equal(await rowOf(page, first).getAttribute("aria-selected"), "true");
      await bar.getByRole("button", { name: "Delete" }).click();
      await page.getByText("2 documents deleted").first().waitFor();
      await until("two rows to go", async () => (await rows(page).count()) === 1);
      assert.ok(await rowOf(page, third).isVisible());
      await page.getByRole("button", { name: "Undo" }).click();
      await until("them to be back", async () => (await rows(page).count()) === 3);
      for (const index of [0, 1]) assert.equal(await status(index), 200);
      await grid(page).getByRole("checkbox", { name: "Select all that are shown" }).check();
      await bar.getByText("3 selected").waitFor();
      await bar.getByRole("button", { name: "Select none" }).click();
      await bar.waitFor({ state: "hidden" });
    },
  },
  {
    name: "documents: what is deleted and not taken back is gone on the server",
    run: async (stage) => {
      const { names, hash, status } = await waitingDocuments(stage, 2);
      const [first = "", second = ""] = names;
      const page = await stage.open({ role: "member", hash });
      await box(page, first).check();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText("1 document deleted").first().waitFor();
      await rowOf(page, first).waitFor({ state: "detached" });
      assert.equal(await status(0), 200, "there is no time to take it back");
      await until("the document to be gone", async () => (await status(0)) === 404);
      assert.ok(await rowOf(page, second).isVisible());
      assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0, "it is said that it could be taken back");
    },
  },
  {
    name: "documents: who leaves the page takes nothing back any more",
    run: async (stage) => {
      const { names, hash, status } = await waitingDocuments(stage, 2);
      const page = await stage.open({ role: "member", hash });
      for (const name of names) await box(page, name).check();
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByRole("button", { name: "Undo" }).waitFor();
      await page.goto("about:blank");
      await until("both to be gone", async () => (await status(0)) === 404 && (await status(1)) === 404, 6);
    },
  },
  {
    name: "documents: what is selected is cancelled, and tried again",
    run: async (stage) => {
      const { names, hash } = await waitingDocuments(stage, 3);
      const page = await stage.open({ role: "member", hash });
      const cancelled = rows(page).filter({ hasText: "Cancelled" });
      for (const name of names.slice(0, 2)) await box(page, name).check();
      await page.getByRole("button", { name: "Cancel", exact: true }).click();
      await page.getByText("2 of 2 cancelled").first().waitFor();
      await until("two rows to say so", async () => (await cancelled.count()) === 2);
      await box(page, names[0] ?? "").check();
      await page.getByRole("button", { name: "Try again", exact: true }).click();
      await page.getByText("1 of 1 is tried again").first().waitFor();
      await until("it to wait again", async () => (await cancelled.count()) === 1);
    },
  },
];
