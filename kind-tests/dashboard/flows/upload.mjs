// Uploads: from the first byte until documents are ready, or have failed.

import assert from "node:assert/strict";

import { corruptPdf, slowPdf, textFile, zeros } from "../harness/documents.mjs";
import { recordBar } from "../harness/progress.mjs";
import { unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";
import { chooseFiles, documentOf, slowDown, uploadRow } from "../harness/uploading.mjs";

/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Step } from "../harness/progress.mjs" */

/** The bar stands here when the upload is in, in per cent. */
const UPLOADED_AT = 30;

/** So many pages of a slow document take some seconds. */
const PAGES = 800;

/**
 * Whether a bar moved as it must: to 30 % by the upload, further by the encoder, with its pages, and never back.
 *
 * @param {Step[]} steps
 */
function checkMoved(steps) {
  const shown = JSON.stringify(steps);
  const encoding = steps.filter(({ said }) => /^(In coda|Elaborazione)/.test(said));
  assert.ok(encoding.every(({ value }) => value >= UPLOADED_AT), `the bar stands below ${UPLOADED_AT} % though the upload is in: ${shown}`);
  assert.ok(steps.every(({ value }, index) => value >= (steps[index - 1]?.value ?? 0)), `the bar goes back: ${shown}`);
  const further = new Set(encoding.map(({ value }) => value).filter((value) => value > UPLOADED_AT));
  assert.ok(further.size >= 2, `the bar is not seen to move: ${shown}`);
  assert.ok(steps.some(({ said }) => /pagina \d+ di 800/.test(said)), `no page is counted: ${shown}`);
}

/** @type {Flow[]} */
export default [
  {
    name: "upload: of three files the damaged one fails and says why, the others are seen to become ready",
    run: async (stage) => {
      const page = await stage.open({ role: "member", language: "it" });
      const [large, damaged, small] = [slowPdf(unique("relazione.pdf"), PAGES), corruptPdf(unique("contratto.pdf")), textFile(unique("nota.txt"), unique("Nota"))];
      const bar = await recordBar(page, large.name);
      await chooseFiles(page, [damaged, large, small]);
      await page.getByRole("heading", { name: "Caricamenti" }).waitFor();
      await uploadRow(page, large.name).getByText(/^Elaborazione in corso\.\.\./).waitFor();
      const failed = uploadRow(page, damaged.name);
      const sentence = failed.getByText(/^Elaborazione fallita: /);
      await sentence.waitFor();
      await uploadRow(page, small.name).getByText(/^Documento pronto! 1 blocco, 1 pagina/).waitFor();
      await uploadRow(page, large.name).getByText(/^Documento pronto! \d+ blocchi, 800 pagine/).waitFor({ timeout: 60_000 });
      await page.getByText("3 di 3 completati").waitFor();
      checkMoved(await bar());
      const { error } = await stage.tenant.accounts.member.api.status(await documentOf(failed));
      assert.equal(error.reason, "Malformed");
      assert.equal(await sentence.textContent(), `Elaborazione fallita: ${error.message}`);
    },
  },
  {
    name: "upload: what failed is tried again in its place",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member" });
      const file = corruptPdf(unique("contract.pdf"));
      await chooseFiles(page, [file]);
      const row = uploadRow(page, file.name);
      await row.getByText(/^Processing failed: /).waitFor();
      const id = await documentOf(row);
      await row.getByRole("button", { name: "Try again" }).click();
      await until("the second encoding", async () => (await api.send("GET", `/api/documents/${id}`)).encodings.length === 2);
      await row.getByText(/^Processing failed: /).waitFor();
      assert.equal(await row.count(), 1);
      assert.equal(await documentOf(row), id, "it has become another document");
    },
  },
  {
    name: "upload: a document that is worked on is cancelled, and tried again",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member" });
      const file = slowPdf(unique("cancelled.pdf"), PAGES / 4);
      await chooseFiles(page, [file]);
      const row = uploadRow(page, file.name);
      await row.getByText(/^(Queued|Processing\.\.\.)/).waitFor();
      await row.getByRole("button", { name: "Cancel" }).click();
      await row.getByText("Cancelled", { exact: true }).waitFor();
      assert.equal((await api.status(await documentOf(row))).error.reason, "Cancelled");
      await row.getByRole("button", { name: "Try again" }).click();
      await row.getByText(/^Document ready!/).waitFor({ timeout: 60_000 });
    },
  },
  {
    name: "upload: a file is stopped while its bytes go up, and sent after all",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member" });
      const file = textFile(unique("stopped.txt"), "sent slowly ".repeat(40_000));
      await slowDown(page, 100_000);
      await chooseFiles(page, [file]);
      const row = uploadRow(page, file.name);
      await row.getByText(/^Uploading\.\.\. [1-9]\d*%/).waitFor();
      await row.getByRole("button", { name: "Stop" }).click();
      await row.getByText("Stopped", { exact: true }).waitFor();
      const found = () => api.send("GET", `/api/documents?${new URLSearchParams({ search: file.name })}`);
      assert.deepEqual((await found()).documents, [], "what was stopped is a document all the same");
      await slowDown(page, -1);
      await row.getByRole("button", { name: "Try again" }).click();
      await row.getByText(/^Document ready!/).waitFor();
      assert.equal((await found()).documents.length, 1);
    },
  },
  {
    name: "upload: three at a time go up, and all that has not ended is stopped at once",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member" });
      const files = Array.from({ length: 7 }, (_, index) => textFile(unique(`batch ${index}.txt`), "sent slowly ".repeat(20_000)));
      await slowDown(page, 50_000);
      await chooseFiles(page, files);
      const list = page.getByRole("main").getByRole("listitem");
      await until("three uploads", async () => (await list.filter({ hasText: "Uploading..." }).count()) === 3);
      assert.equal(await list.filter({ hasText: "Waiting to be uploaded" }).count(), 4);
      await page.getByRole("button", { name: "Stop all" }).click();
      await until("all to be stopped", async () => (await list.filter({ hasText: "Stopped" }).count()) === files.length);
      await page.getByText("7 of 7 done").waitFor();
      const { documents } = await api.send("GET", "/api/documents?search=batch");
      assert.deepEqual(documents, []);
      await page.getByRole("button", { name: "Clear what has ended" }).click();
      await page.getByText("Nothing is being uploaded").waitFor();
    },
  },
  {
    name: "upload: a file of a kind that nobody reads is refused with the reason, and the others go on",
    run: async (stage) => {
      stage.expects(/^console: Failed to load resource: .* 415 .*\/api\/documents\/upload/);
      const page = await stage.open({ role: "member" });
      const [refused, read] = [zeros(unique("picture.bin"), 5000), textFile(unique("read.txt"), unique("Read"))];
      await chooseFiles(page, [refused, read]);
      await uploadRow(page, read.name).getByText(/^Document ready!/).waitFor();
      const row = uploadRow(page, refused.name);
      await row.getByRole("button", { name: "Try again" }).waitFor();
      assert.match((await row.textContent()) ?? "", /the file is binary data/);
      assert.equal(await row.getByRole("link").count(), 0, "what was refused has become a document");
    },
  },
];
