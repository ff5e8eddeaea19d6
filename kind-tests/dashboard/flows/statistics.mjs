// Numbers and charts.

import { readFile } from "node:fs/promises";

import assert from "node:assert/strict";

import { untilDrawn } from "../harness/canvas.mjs";
import { corruptPdf, pdf } from "../harness/documents.mjs";
import { rowOf, rows } from "../harness/grid.mjs";

/** @import { Flow } from "../harness/runner.mjs" */

/** @type {Flow[]} */
export default [
  {
    name: "statistics: numbers are those of the documents, lead to them, and are drawn, told and downloaded",
    run: async (stage) => {
      const tenant = await stage.ownTenant("statistics");
      const { api } = tenant.accounts.member;
      const ids = await Promise.all([api.upload(pdf("one.pdf", 3)), api.upload(pdf("two.pdf", 4)), api.upload(corruptPdf("three.pdf"))]);
      for (const id of ids) await api.untilStatus(id, "ready", "failed");
      await api.upload(pdf("waiting.pdf", 1), { queue: "kueue" });
      const page = await stage.open({ tenant, role: "read_only", hash: "#/statistics" });
      const now = page.getByRole("region", { name: "Documents now" });
      for (const tile of ["1 Processing", "2 Ready", "1 Failed"]) await now.getByRole("link", { name: tile }).waitFor();
      await page.getByText("2 documents, 7 pages").waitFor();
      await page.getByRole("row", { name: /^kueue/ }).waitFor();
      await untilDrawn(page.locator("main canvas").first());
      await page.getByText("As a table").first().click();
      const cells = await page.getByRole("table", { name: "Documents by day" }).getByRole("cell").allTextContents();
      assert.equal(cells.length, 30);
      assert.equal(cells.map(Number).reduce((sum, each) => sum + each), 2);
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as CSV" }).click()]);
      assert.match((await readFile(await download.path())).toString(), /^day,.*\n.*,2,/s);
      await page.getByRole("link", { name: "Damaged file" }).click();
      await rowOf(page, "three.pdf").waitFor();
      assert.equal(await rows(page).count(), 1);
      await page.goBack();
      await now.getByRole("link", { name: "2 Ready" }).click();
      await rowOf(page, "two.pdf").waitFor();
      assert.equal(await rows(page).count(), 2);
    },
  },
];
