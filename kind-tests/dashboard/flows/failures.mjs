// What failed: by reason, in words that help, and tried again.

import assert from "node:assert/strict";

import { corruptPdf, pdf } from "../harness/documents.mjs";
import { rowOf, rows } from "../harness/grid.mjs";
import { settled } from "../harness/sign-in.mjs";
import { until } from "../harness/until.mjs";

/** @import { Flow } from "../harness/runner.mjs" */
/** @import { Api } from "../harness/api.mjs" */

const DAMAGED = ["one.pdf", "two.pdf", "three.pdf"];

/**
 * How often documents were encoded.
 *
 * @param {Api} api
 * @param {string[]} ids
 */
const encodings = (api, ids) => Promise.all(ids.map(async (id) => (await api.send("GET", `/api/documents/${id}`)).encodings.length));

/** @type {Flow[]} */
export default [
  {
    name: "failures: they are told by reason with what helps, and one or all of a reason are tried again, or acknowledged",
    run: async (stage) => {
      const tenant = await stage.ownTenant("failures");
      const { api } = tenant.accounts.member;
      const ids = await Promise.all([...DAMAGED.map((name) => api.upload(corruptPdf(name))), api.upload(pdf("scanned.pdf", 2, "", [1, 2]))]);
      for (const id of ids) await api.untilStatus(id, "failed");
      const page = await stage.open({ tenant, role: "member", hash: "#/failures" });
      const damaged = page.getByRole("region", { name: /^Damaged file/ });
      const scanned = page.getByRole("region", { name: /^No text in it/ });
      await damaged.getByRole("heading", { name: "Damaged file 3" }).waitFor();
      await damaged.getByText("Open it in the program it is from, save it anew, and upload that.").waitFor();
      await scanned.getByText("It looks scanned. Run it through text recognition (OCR) and upload the result.").waitFor();
      await page.getByRole("link", { name: "Failures" }).getByText("4", { exact: true }).waitFor();
      const { error } = await api.status(ids[0] ?? "");
      await damaged.getByText(error.message).first().waitFor();

      const again = damaged.getByRole("button", { name: "Try two.pdf again" });
      await again.click();
      await until("it to be encoded once more", async () => (await encodings(api, ids)).join() === "1,2,1,1");
      await api.untilStatus(ids[1] ?? "", "failed");
      await again.waitFor();

      await damaged.getByRole("button", { name: "Try all again" }).click();
      const dialog = page.getByRole("dialog", { name: "Try 3 documents again" });
      await dialog.getByText(/All 3 that match/).waitFor();
      await dialog.getByRole("button", { name: "Try again" }).click();
      await page.getByText("Completed: 3 of 3 done, 0 skipped, 0 failed").waitFor();
      await until("all to be encoded once more", async () => (await encodings(api, ids)).join() === "2,3,2,1");
      for (const id of ids) await api.untilStatus(id, "failed");
      await damaged.getByRole("heading", { name: "Damaged file 3" }).waitFor();

      const second = await stage.another(page.context());
      await second.goto("/#/failures");
      await settled(second);
      const acknowledge = damaged.getByRole("button", { name: "Acknowledge the failure of three.pdf" });
      await acknowledge.click();
      for (const tab of [page, second]) await tab.getByRole("heading", { name: "Damaged file 2" }).waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await damaged.getByRole("heading", { name: "Damaged file 3" }).waitFor();
      await acknowledge.click();
      await damaged.getByRole("heading", { name: "Damaged file 2" }).waitFor();
      await page.getByRole("link", { name: "Show what was acknowledged" }).click();
      await rowOf(page, "three.pdf").waitFor();
      assert.equal(await rows(page).count(), 1);

      await page.goBack();
      await damaged.getByRole("link", { name: "Show in the list" }).click();
      await page.getByRole("button", { name: "Take away the filter Not acknowledged" }).click();
      for (const name of DAMAGED) await rowOf(page, name).waitFor();
      assert.equal(await rows(page).count(), DAMAGED.length);
      await rowOf(page, "one.pdf").click();
      await page.getByRole("heading", { name: "one.pdf" }).waitFor();
      await page.getByText(error.message).first().waitFor();
      await page.getByText("Open it in the program it is from, save it anew, and upload that.").waitFor();
    },
  },
  {
    name: "failures: what is deleted leaves them, and where nothing failed that is said",
    run: async (stage) => {
      const tenant = await stage.ownTenant("no failures");
      const { api } = tenant.accounts.member;
      const id = await api.upload(corruptPdf("only.pdf"));
      await api.untilStatus(id, "failed");
      const page = await stage.open({ tenant, role: "member", hash: "#/failures" });
      await page.getByRole("button", { name: "Delete only.pdf" }).click();
      await page.getByRole("link", { name: "only.pdf" }).waitFor({ state: "hidden" });
      await until("the document to be gone", async () => (await api.exchange("GET", `/api/documents/${id}`)).status === 404);
      await page.getByText("Nothing has failed").waitFor();
    },
  },
];
