// One document: what happened to it, its chunks and pages, its files, and encoding it once more.

import { readFile } from "node:fs/promises";

import assert from "node:assert/strict";

import { untilDrawn } from "../harness/canvas.mjs";
import { pdf } from "../harness/documents.mjs";
import { shell } from "../harness/platform.mjs";
import { settled } from "../harness/sign-in.mjs";
import { token, unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Locator, Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** @typedef {{ text: string, char_start: number, char_end: number, page_start: number, metadata: { section: number } }} Chunk */

/**
 * Waits until a page of a PDF is drawn beside the chunks; a number for what is on it.
 *
 * @param {Page} page
 * @param {string} place such as "Page 3 of 12"
 * @param {number[]} [others] for what is on other pages
 */
async function pageBeside(page, place, others = []) {
  await page.getByText(place, { exact: true }).waitFor();
  return untilDrawn(page.getByRole("complementary").locator("canvas"), others);
}

/**
 * What is seen of a text: without what only a screen reader is told.
 *
 * @param {Locator} part
 */
const seen = (part) =>
  part.evaluate((element) => {
    const copy = /** @type {Element} */ (element.cloneNode(true));
    for (const unseen of copy.querySelectorAll(".unseen")) unseen.remove();
    return copy.textContent;
  });

/**
 * How many characters two chunks share.
 *
 * @param {Chunk | undefined} first
 * @param {Chunk | undefined} second the one after
 */
const shared = (first, second) => (first && second && first.metadata.section === second.metadata.section ? Math.max(0, first.char_end - second.char_start) : 0);

/** @type {Flow[]} */
export default [
  {
    name: "document: what it is, what happened to it and how long that took",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ role: "read_only", hash: `#/documents/${ready}` });
      await page.getByText("All 12 pages have text.").waitFor();
      const facts = await page.getByRole("region", { name: "Summary" }).innerText();
      const record = await stage.tenant.accounts.read_only.api.send("GET", `/api/documents/${ready}`);
      assert.match(facts, new RegExp(`Pages\\s+12\\s+Chunks\\s+${record.total_chunks}\\s+Tokens\\s+${record.total_tokens.toLocaleString("en")}\\s`));
      assert.match(facts, /Language\s+English \(\d+%\)\s/);
      const steps = page.getByRole("region", { name: "What happened" }).getByRole("listitem");
      assert.deepEqual(await steps.locator("strong").allTextContents(), ["Uploaded", "Assigned to an encoder", "Ready"]);
      for (const step of (await steps.allTextContents()).slice(1)) assert.match(step, /after [\d.]+ (ms|s|min)/);
    },
  },
  {
    name: "document: chunks show what they share with their neighbours",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ role: "read_only", hash: `#/documents/${ready}?tab=chunks` });
      /** @type {{ chunks: Chunk[] }} */
      const { chunks } = await stage.tenant.accounts.read_only.api.send("GET", `/api/documents/${ready}/chunks?limit=200`);
      await page.getByText(`${chunks.length} chunks`, { exact: true }).waitFor();
      let marked = 0;
      for (const [index, chunk] of chunks.entries()) {
        const characters = [...chunk.text];
        const [before, after] = [shared(chunks[index - 1], chunk), shared(chunk, chunks[index + 1])];
        const card = page.locator(`#chunk-${index}`);
        assert.equal(await seen(card.locator(".text")), chunk.text);
        const wanted = [characters.slice(0, before), after > 0 ? characters.slice(-after) : []].map((part) => part.join("")).filter(Boolean);
        assert.deepEqual(await Promise.all((await card.locator(".shared").all()).map(seen)), wanted, `chunk ${index}`);
        marked += wanted.length;
      }
      assert.ok(marked >= 2, "nothing is shared in this document");
    },
  },
  {
    name: "document: the page of a PDF is drawn beside its chunk, and one turns and goes to others",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ role: "read_only", hash: `#/documents/${ready}?tab=chunks` });
      const { chunks } = await stage.tenant.accounts.read_only.api.send("GET", `/api/documents/${ready}/chunks?limit=200`);
      const first = await pageBeside(page, "Page 1 of 12");
      await page.getByRole("button", { name: "Next page" }).click();
      const second = await pageBeside(page, "Page 2 of 12", [first]);
      await page.getByLabel("Page number").fill("7");
      await page.keyboard.press("Enter");
      const seventh = await pageBeside(page, "Page 7 of 12", [first, second]);
      const last = chunks.at(-1);
      await page.locator(`#chunk-${chunks.length - 1}`).getByRole("button", { name: "Show its page" }).click();
      await pageBeside(page, `Page ${last.page_start} of 12`, [first, second, seventh]);
    },
  },
  {
    name: "document: chunks that could not be read are read once more when that is asked for",
    run: async (stage) => {
      const { ready } = await stage.holding();
      stage.expects(/^console: Failed to load resource: .* 500 .*\/chunks/);
      const page = await stage.open({ role: "read_only" });
      await page.route("**/chunks?*", (route) => route.fulfill({ status: 500 }), { times: 1 });
      await page.goto(`/#/documents/${ready}?tab=chunks`);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: "Chunk 1", exact: true }).waitFor();
    },
  },
  {
    name: "document: pages that want a look are named, and lead to themselves",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const id = await api.upload(pdf(unique("gaps.pdf"), 6, unique("Gaps"), [4]));
      await api.untilStatus(id, "ready");
      const page = await stage.open({ role: "read_only", hash: `#/documents/${id}` });
      await page.getByText("1 page wants a look:").waitFor();
      await page.getByRole("link", { name: "Page 4", exact: true }).click();
      await page.getByText("Page 4 of 6", { exact: true }).waitFor();
    },
  },
  {
    name: "document: its text is searched, and what is found leads to its chunk",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const word = `sesquipedal${token()}`;
      const id = await api.upload(pdf(unique("inside.pdf"), 8, word));
      await api.untilStatus(id, "ready");
      await until("the document to be found", async () => (await api.send("GET", `/api/documents/${id}/search?q=${word}`)).results.length > 0);
      const page = await stage.open({ role: "read_only", hash: `#/documents/${id}?tab=chunks` });
      await page.getByLabel("Search in this document").fill(word);
      await page.keyboard.press("Enter");
      const found = page.getByRole("search").getByRole("listitem");
      await found.locator("mark").first().waitFor();
      assert.ok((await found.locator("mark").allTextContents()).every((text) => text === word));
      const link = found.getByRole("link").last();
      const title = (await link.textContent()) ?? "";
      await link.click();
      await until("the chunk to be chosen", async () => (await page.locator(".chunk.chosen").getByRole("heading").textContent()) === title);
      await page.getByLabel("Search in this document").fill("nowhere");
      await page.keyboard.press("Enter");
      await page.getByText("Nothing found for “nowhere”").waitFor();
    },
  },
  {
    name: "document: its files are downloaded as they are stored",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const source = pdf(unique("kept.pdf"), 3);
      const id = await api.upload(source);
      await api.untilStatus(id, "ready");
      const page = await stage.open({ role: "read_only", hash: `#/documents/${id}` });
      const stem = source.name.replace(".pdf", "");
      /** @type {[string, string, (bytes: Buffer) => Promise<void>][]} */
      const files = [
        ["Original", source.name, (bytes) => Promise.resolve(assert.ok(bytes.equals(source.buffer), "the source is another"))],
        ["Chunks (JSON)", `${stem}_sections_metadata.json`, async (bytes) => assert.deepEqual(JSON.parse(bytes.toString()), await api.send("GET", `/api/documents/${id}/metadata`))],
        ["Index (JSON)", `${stem}_sections_index.json`, async (bytes) => assert.deepEqual(JSON.parse(bytes.toString()), await api.send("GET", `/api/documents/${id}/index`))],
      ];
      for (const [button, name, check] of files) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
        assert.equal(download.suggestedFilename(), name);
        await check(await readFile(await download.path()));
      }
    },
  },
  {
    name: "document: it is encoded once more with other parameters",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const id = await api.upload(pdf(unique("again.pdf"), 8));
      const before = await api.untilStatus(id, "ready");
      const page = await stage.open({ role: "member", hash: `#/documents/${id}` });
      await page.getByRole("button", { name: "Run again…" }).click();
      const dialog = page.getByRole("dialog", { name: "Run again…" });
      await dialog.getByLabel("Tokens of a chunk").fill("300");
      await dialog.getByLabel("Tokens that neighbours share").fill("300");
      await dialog.getByText("Less must be shared than a chunk has.").waitFor();
      assert.ok(await dialog.getByRole("button", { name: "Run", exact: true }).isDisabled());
      await dialog.getByLabel("Tokens that neighbours share").fill("50");
      await dialog.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByText("300 tokens, 50 shared").waitFor();
      const after = await api.untilStatus(id, "ready");
      assert.ok(after.total_chunks > 2 * before.total_chunks, `${before.total_chunks} chunks have become ${after.total_chunks}`);
      await page.getByText("encoding 2").first().waitFor();
      await page.getByRole("link", { name: "Chunks", exact: true }).click();
      await page.getByText(`${after.total_chunks} chunks`, { exact: true }).waitFor();
    },
  },
  {
    name: "document: the commands that are shown do what they say",
    run: async (stage) => {
      const { ready } = await stage.holding();
      const page = await stage.open({ role: "read_only", hash: `#/documents/${ready}?tab=commands` });
      await page.getByRole("heading", { name: "kubectl" }).waitFor();
      const lines = await page.locator("main pre").allTextContents();
      const key = stage.tenant.accounts.read_only.key;
      const [record = "", status = "", chunks = ""] = lines.filter((line) => line.startsWith("curl")).slice(0, 3);
      assert.equal(JSON.parse(await shell(record, { SOCRATE_API_KEY: key })).id, ready);
      assert.equal(JSON.parse(await shell(status, { SOCRATE_API_KEY: key })).status, "ready");
      assert.ok(JSON.parse(await shell(chunks, { SOCRATE_API_KEY: key })).chunks.length > 0);
      const resource = await shell((lines.find((line) => line.startsWith("kubectl get")) ?? "").replace("kubectl", "$KUBECTL"));
      assert.match(resource, new RegExp(`kind: DocumentEncoding[^]*name: doc-${ready}-1`));
    },
  },
  {
    name: "document: one that is not there is said to be none",
    run: async (stage) => {
      stage.expects(/^console: Failed to load resource: .* 404 /);
      const page = await stage.open({ role: "read_only" });
      await page.goto("/#/documents/00000000-0000-4000-8000-000000000000");
      await page.getByText("There is no such document, or no longer.").waitFor();
      await page.getByRole("link", { name: "All documents" }).click();
      await page.getByRole("grid").waitFor();
      await settled(page);
    },
  },
];
