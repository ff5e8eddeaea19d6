// The dashboard by the keyboard alone.

import assert from "node:assert/strict";

import { corruptPdf, textFile } from "../harness/documents.mjs";
import { focused, hasFocus, noteLostFocus, tabTo, untilFocus } from "../harness/focus.mjs";
import { grid, rowOf, rows } from "../harness/grid.mjs";
import { keyField, settled } from "../harness/sign-in.mjs";
import { token, unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";
import { uploadRow } from "../harness/uploading.mjs";

/** @import { FileChooser, Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** The queue whose documents wait for ever. */
const WAITING = { queue: "kueue" };

/** @param {Page} page @param {string} name */
const view = (page, name) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });

/**
 * Waits until the list is that of the two documents whose names have a part.
 *
 * @param {Page} page
 * @param {string} part
 */
async function untilFound(page, part) {
  await page.waitForURL((url) => url.hash === `#/documents?search=${part}`);
  await settled(page);
  await until("two rows", async () => (await rows(page).count()) === 2);
}

/** @type {Flow[]} */
export default [
  {
    name: "keyboard: from signing in to deletion that is taken back, by keys alone",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: null });
      /** @type {FileChooser[]} asked for in time: a browser that is not asked yet opens a window of the system's */
      const choosers = [];
      page.on("filechooser", (chooser) => void choosers.push(chooser));
      const press = (/** @type {string[]} */ ...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
      await tabTo(keyField(page));
      await page.keyboard.insertText(stage.tenant.accounts.member.key);
      await press("Enter");
      await keyField(page).waitFor({ state: "hidden" });
      const lost = await noteLostFocus(page);

      const part = token();
      const [damaged, ready] = [corruptPdf(`${part} damaged.pdf`), textFile(`${part} ready.txt`, part)];
      await tabTo(page.locator("header").getByRole("button", { name: "Upload" }));
      await press("Enter");
      await (await until("a window to choose files", () => Promise.resolve(choosers[0]), 10)).setFiles([damaged, ready]);
      const failed = uploadRow(page, damaged.name);
      await failed.getByText(/^Processing failed: /).waitFor();
      await uploadRow(page, ready.name).getByText(/^Document ready!/).waitFor();
      await tabTo(failed.getByRole("button", { name: "Try again" }));
      await press("Enter");
      const id = (await failed.getByRole("link").getAttribute("href"))?.split("/").at(-1) ?? "";
      await until("the second encoding", async () => (await api.send("GET", `/api/documents/${id}`)).encodings.length === 2);
      await failed.getByText(/^Processing failed: /).waitFor();

      await tabTo(view(page, "Documents"), "Shift+Tab");
      await press("Enter");
      await tabTo(page.getByRole("searchbox"));
      await page.keyboard.insertText(part);
      await untilFound(page, part);
      // The files went up together: either is the newer one.
      const [top, below] = [rows(page).nth(0), rows(page).nth(1)];
      await tabTo(rows(page));
      await press("ArrowDown");
      await untilFocus(below);
      await press("Home");
      await untilFocus(top);
      await press("End");
      await untilFocus(below);
      await press(" ");
      await until("the row to be selected", async () => (await below.getAttribute("aria-selected")) === "true");
      await press(" ", "ArrowUp");
      await untilFocus(top);
      await press("Enter");
      await page.locator("main h1").getByText(part).waitFor();
      await tabTo(page.getByRole("link", { name: "All documents" }));
      await press("Enter");
      await tabTo(page.getByRole("searchbox"));
      await page.keyboard.insertText(part);
      await untilFound(page, part);

      await tabTo(rows(page));
      if (!(await hasFocus(rowOf(page, ready.name)))) await press("ArrowDown");
      await untilFocus(rowOf(page, ready.name));
      await press("Delete");
      await rowOf(page, ready.name).waitFor({ state: "detached" });
      await untilFocus(rowOf(page, damaged.name));
      await tabTo(page.getByRole("button", { name: "Undo" }));
      await press("Enter");
      await rowOf(page, ready.name).waitFor();
      assert.equal((await api.status(id)).status, "failed");
      assert.deepEqual(await lost(), [], "the focus was lost");
    },
  },
  {
    name: "keyboard: a dialog keeps the focus, is left by Escape, and gives the focus back",
    run: async (stage) => {
      const page = await stage.open({ hash: "#/settings/keys" });
      const opener = page.getByRole("button", { name: "New key" });
      await tabTo(opener);
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").waitFor();
      for (let key = 0; key < 12; key += 1) {
        await page.keyboard.press("Tab");
        const isOutside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement?.closest("dialog"));
        assert.ok(!isOutside, `the focus leaves the dialog: it is on ${await focused(page)}`);
      }
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      assert.ok(await hasFocus(opener), `the button has not the focus, but ${await focused(page)}`);
    },
  },
  {
    name: "keyboard: the focus stays where it is while rows change, and keys act on the row that has it",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const part = token();
      const mine = `${part} mine.txt`;
      const id = await api.upload(textFile(mine, mine), WAITING);
      const page = await stage.open({ role: "member", hash: `#/documents?search=${part}` });
      await rowOf(page, mine).waitFor();
      await tabTo(rowOf(page, mine));
      const lost = await noteLostFocus(page);
      const others = Array.from({ length: 12 }, (_, index) => `${part} other ${index}.txt`);
      await Promise.all(others.map((name) => api.upload(textFile(name, name))));
      for (const name of others) await rowOf(page, name).getByText("Ready", { exact: true }).waitFor();
      assert.ok(await hasFocus(rowOf(page, mine)), `the row has not the focus any more, but ${await focused(page)}`);
      await page.keyboard.press("ArrowUp");
      await until("another row to have the focus", async () => !(await hasFocus(rowOf(page, mine))));
      await page.keyboard.press("ArrowDown");
      await untilFocus(rowOf(page, mine));
      await page.keyboard.press("Delete");
      await rowOf(page, mine).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Undo" }).click();
      await rowOf(page, mine).waitFor();
      assert.equal(await rows(page).filter({ hasText: part }).count(), 13, "another row was deleted");

      const box = page.getByRole("searchbox");
      await box.focus();
      await api.cancel(id);
      await rowOf(page, mine).getByText("Cancelled", { exact: true }).waitFor();
      assert.ok(await hasFocus(box));
      assert.deepEqual(await lost(), [], "the focus was lost");
    },
  },
  {
    name: "keyboard: the focus goes to the next row where somebody else deletes the one that has it",
    run: async (stage) => {
      const { api } = stage.tenant.accounts.member;
      const part = token();
      const names = ["one", "two", "three"].map((name) => `${part} ${name}.txt`);
      const ids = [];
      for (const name of names) ids.push(await api.upload(textFile(name, unique(name)), WAITING));
      const page = await stage.open({ role: "member", hash: `#/documents?search=${part}` });
      await tabTo(rows(page));
      await page.keyboard.press("ArrowDown");
      await untilFocus(rowOf(page, names[1] ?? ""));
      await api.send("DELETE", `/api/documents/${ids[1]}`);
      await rowOf(page, names[1] ?? "").waitFor({ state: "detached" });
      await until("a row to have the focus", async () => (await grid(page).locator("[role=row]:focus").count()) === 1, 5);
    },
  },
];
