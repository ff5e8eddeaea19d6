// Uploads under a page that is left or loaded anew.

import assert from "node:assert/strict";

import { slowPdf, textFile } from "../harness/documents.mjs";
import { settled } from "../harness/sign-in.mjs";
import { unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";
import { chooseFiles, slowDown, speedUp, uploadRow } from "../harness/uploading.mjs";
import { agreeToDialogs } from "../harness/watch.mjs";

/** @import { Route } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

const IS_ASKED = /^a dialog of the browser's own: beforeunload/;
/** A document's details. */
const DETAILS = /\/api\/documents\/[0-9a-f-]{36}$/;

/** @type {Flow[]} */
export default [
  {
    name: "upload: who leaves while bytes go up is asked first, and afterwards not",
    run: async (stage) => {
      stage.expects(IS_ASKED);
      const page = await stage.open({ role: "member" });
      const file = textFile(unique("slow.txt"), "sent slowly ".repeat(40_000));
      await slowDown(page, 100_000);
      await chooseFiles(page, [file]);
      const row = uploadRow(page, file.name);
      await row.getByText(/^Uploading\.\.\. [1-9]\d*%/).waitFor();
      const [asked] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
      assert.equal(asked.type(), "beforeunload");
      await speedUp(page);
      await row.getByText(/^Document ready!/).waitFor();
      // Nobody would answer: a page that asks stays.
      await Promise.all([page.waitForEvent("close"), page.close({ runBeforeUnload: true })]);
    },
  },
  {
    name: "upload: a page that is loaded anew follows what was accepted, and says what was cut off",
    run: async (stage) => {
      stage.expects(IS_ASKED);
      const { api } = stage.tenant.accounts.member;
      const page = await stage.open({ role: "member", language: "it" });
      const [accepted, cut, waiting] = [
        slowPdf(unique("accettato.pdf"), 300),
        textFile(unique("interrotto.txt"), "sent slowly ".repeat(40_000)),
        textFile(unique("in attesa.txt"), "sent slowly ".repeat(40_000)),
      ];
      await chooseFiles(page, [accepted]);
      await uploadRow(page, accepted.name).getByRole("link").waitFor();
      await slowDown(page, 100_000);
      await chooseFiles(page, [cut, waiting, waiting, waiting]);
      await uploadRow(page, cut.name).getByText(/^Caricamento in corso\.\.\. [1-9]\d*\s?%/).waitFor();
      agreeToDialogs(page);
      await page.reload();
      await settled(page);
      for (const { name } of [cut, waiting]) {
        const row = uploadRow(page, name).first();
        await row.getByText("La pagina è stata ricaricata prima che il file fosse inviato: sceglilo di nuovo.").waitFor();
        assert.equal(await row.getByRole("button", { name: "Riprova" }).count(), 0, "the file is gone, and cannot be sent again");
      }
      await uploadRow(page, accepted.name).getByText(/^Documento pronto!/).waitFor({ timeout: 60_000 });
      const { documents } = await api.send("GET", `/api/documents?${new URLSearchParams({ search: cut.name })}`);
      assert.deepEqual(documents, []);
    },
  },
  {
    name: "upload: what was accepted a moment before the page is loaded anew is not said to be cut off",
    run: async (stage) => {
      const page = await stage.open({ role: "member" });
      const file = textFile(unique("just accepted.txt"), unique("Accepted"));
      /** @type {Route[]} */
      const held = [];
      await page.route(DETAILS, (route) => void held.push(route));
      await chooseFiles(page, [file]);
      await until("the document's details to be asked for", async () => (await uploadRow(page, file.name).getByRole("link").count()) > 0 && held.length > 0);
      await page.unroute(DETAILS);
      // Nothing is going up any more: being asked here is noted as a problem.
      agreeToDialogs(page);
      await page.reload();
      await settled(page);
      await uploadRow(page, file.name).getByText(/^Document ready!/).waitFor();
    },
  },
];
