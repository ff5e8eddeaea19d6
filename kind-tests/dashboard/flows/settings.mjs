// Settings: keys, quotas, and what administrators look after.

import assert from "node:assert/strict";

import { Api } from "../harness/api.mjs";
import { textFile } from "../harness/documents.mjs";
import { admin } from "../harness/platform.mjs";
import { settled } from "../harness/sign-in.mjs";
import { token, unique } from "../harness/unique.mjs";
import { until } from "../harness/until.mjs";

/** @import { Page } from "playwright-core" */
/** @import { Flow } from "../harness/runner.mjs" */

/** @param {Page} page @param {string} text */
const entry = (page, text) => page.getByRole("main").getByRole("listitem").filter({ has: page.getByText(text, { exact: true }) });

/** @type {Flow[]} */
export default [
  {
    name: "settings: a key is made, shown once, works for what it may, and is revoked",
    run: async (stage) => {
      const page = await stage.open({ role: "member", hash: "#/settings/keys" });
      const name = `backup ${token()}`;
      await page.getByRole("button", { name: "New key" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByLabel("Days until it ends").fill("7");
      await dialog.getByLabel("change documents").uncheck();
      await dialog.getByRole("button", { name: "Make the key" }).click();
      await dialog.getByRole("heading", { name: "Your new key" }).waitFor();
      const made = new Api(stage.url, (await dialog.locator("pre").textContent()) ?? "");
      await dialog.getByRole("button", { name: "Close" }).last().click();
      assert.equal((await made.send("GET", "/api/account")).user.name, stage.tenant.accounts.member.name);
      assert.equal((await made.exchange("POST", "/api/bulk-actions", { action: "delete", filter: { status: "failed" } })).status, 403);
      const row = entry(page, name);
      await row.getByText("read documents").waitFor();
      assert.equal(await row.getByText("change documents").count(), 0);
      await page.reload();
      await settled(page);
      // When keys were used is noted by the minute.
      await row.getByText(/^(never used|used .*) · ends /).waitFor();
      assert.ok(!(await page.locator("body").innerText()).includes(made.key), "the key is shown once more");
      await row.getByRole("button", { name: `Revoke the key ${name}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke the key" }).click();
      await row.waitFor({ state: "hidden" });
      await until("the key to be refused", async () => (await made.exchange("GET", "/api/account")).status === 401, 15);
    },
  },
  {
    name: "settings: quotas and what is used of them are shown",
    run: async (stage) => {
      const tenant = await stage.ownTenant("quotas");
      const { api } = tenant.accounts.member;
      await Promise.all(
        Object.entries({ documents: "2", bytes: "2500000", "file-bytes": "1000000" }).map(([quota, limit]) => admin("set-quota", "--tenant", tenant.id, "--quota", quota, "--limit", limit)),
      );
      await Promise.all(["one.txt", "two.txt"].map((name) => api.upload(textFile(name, name), { queue: "kueue" })));
      stage.expects(/^console: Failed to load resource: .* 413 .*\/api\/documents\/upload/);
      const page = await stage.open({ tenant, role: "member", hash: "#/settings/account" });
      const shown = page.getByRole("main");
      await shown.getByText("2 of 2", { exact: true }).waitFor();
      await shown.getByText("Nearly full").waitFor();
      await shown.getByText(/^[\d.]+ kB of 2\.5 MB$/).waitFor();
      await shown.getByText("2, without limit").waitFor();
      await shown.getByText("A file may have 1 MB.").waitFor();
      assert.equal(await page.getByRole("meter", { name: "Documents" }).getAttribute("value"), "1");
      // What a quota does not allow is refused with its reason, in the row of the file.
      await page.locator("header input[data-choose=files]").setInputFiles([textFile(unique("too many.txt"), "Too many")]);
      await page.getByText(/quota of 2 documents is used up/).waitFor();
    },
  },
  {
    name: "settings: a webhook is made, tried, its deliveries are looked at, and it is deleted",
    run: async (stage) => {
      const page = await stage.open({ hash: "#/settings/webhooks" });
      const url = `https://hooks.example.com/${token()}`;
      await page.getByRole("button", { name: "New webhook" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Address").fill("https://127.0.0.1/inside");
      stage.expects(/^console: Failed to load resource: .* 4\d\d .*\/api\/webhooks/);
      await dialog.getByRole("button", { name: "Make the webhook" }).click();
      await dialog.getByText(/public|internal|address/i).nth(1).waitFor();
      await dialog.getByLabel("Address").fill(url);
      await dialog.getByLabel("Description").fill("search index");
      await dialog.getByRole("button", { name: "Make the webhook" }).click();
      await dialog.getByRole("heading", { name: "The secret" }).waitFor();
      assert.match((await dialog.locator("pre").textContent()) ?? "", /^whsec_/);
      await dialog.getByRole("button", { name: "Close" }).last().click();
      const row = entry(page, url);
      await row.getByText("Working").waitFor();
      await row.getByRole("button", { name: "Send a test" }).click();
      await page.getByText("A test is sent").first().waitFor();
      await row.getByRole("button", { name: "Deliveries" }).click();
      const log = row.getByRole("region", { name: "Deliveries" });
      await until("an attempt to be in the log", async () => {
        await log.getByRole("button", { name: "Reload" }).click();
        await settled(page);
        return (await log.getByText(/ · 1 attempt · /).count()) === 1;
      });
      await log.getByRole("button", { name: "Details" }).click();
      await log.getByText(/"type":\s*"webhook.test"/).waitFor();
      await log.getByRole("listitem").getByRole("listitem").first().waitFor();
      await row.getByRole("button", { name: "Disable" }).click();
      await row.getByText("Disabled: by an administrator").waitFor();
      await row.getByRole("button", { name: `Delete the webhook ${url}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
      await row.waitFor({ state: "hidden" });
    },
  },
  {
    name: "settings: members are added, changed and deleted, and the log says who did it",
    run: async (stage) => {
      const { api, name: me } = stage.tenant.accounts.admin;
      const page = await stage.open({ hash: "#/settings/members" });
      const name = `Italo Svevo ${token()}`;
      await page.getByRole("button", { name: "New member" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByLabel("Role").selectOption("Reader");
      await dialog.getByRole("button", { name: "Add" }).click();
      const row = entry(page, name);
      await row.waitFor();
      const member = async () => (await api.send("GET", "/api/users?limit=200")).users.find((/** @type {{ name: string }} */ user) => user.name === name);
      const { id } = await member();
      await row.getByLabel("Role").selectOption("Member");
      await until("the role to be another", async () => (await member()).role === "member");
      await row.getByRole("button", { name: "Disable" }).click();
      await row.getByText("Disabled", { exact: true }).waitFor();
      await row.getByRole("button", { name: `Delete ${name}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
      await row.waitFor({ state: "hidden" });
      await page.getByRole("link", { name: "Audit log" }).click();
      const entries = page.getByRole("row").filter({ hasText: id });
      await entries.first().waitFor();
      const told = await entries.allTextContents();
      for (const action of ["Member added", "Member changed", "Member deleted"]) {
        assert.ok(told.some((line) => line.includes(action) && line.includes(`${me} in a session`)), `${action} is not in the log: ${told.join(" | ")}`);
      }
    },
  },
];
