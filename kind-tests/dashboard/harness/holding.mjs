// A tenant with something of everything that the dashboard shows.

import { HOSTILE_NAMES, corruptPdf, pdf, textFile } from "./documents.mjs";

/** @import { Api } from "./api.mjs" */
/** @import { Tenant } from "./tenant.mjs" */

/**
 * @typedef {object} Holding Documents by their states.
 * @property {string} ready of several pages
 * @property {string} failed
 * @property {string} cancelled
 * @property {string} waiting whose turn never comes
 */

/** The trial's queue whose Jobs are left to Kueue, which is not there: what is in it waits. */
const WAITING_QUEUE = "kueue";

/**
 * Makes it.
 *
 * @param {Tenant} tenant
 * @returns {Promise<Holding>}
 */
export async function fill(tenant) {
  const { api } = tenant.accounts.admin;
  const [ready, failed, waiting, doomed] = await Promise.all([
    api.upload(pdf("Of Studies.pdf", 12)),
    api.upload(corruptPdf("scanned contract.pdf")),
    api.upload(textFile("waiting for its turn.txt", "Waiting"), { queue: WAITING_QUEUE }),
    api.upload(textFile("not needed any more.txt", "Cancelled"), { queue: WAITING_QUEUE }),
    api.upload(pdf("annual report, with a name that is as long as names of reports are in larger houses (final, revised).pdf", 2)),
  ]);
  await settings(api);
  const others = await Promise.all(HOSTILE_NAMES.map((name, index) => api.upload(textFile(name, `A name of its own, ${index}`))));
  await api.cancel(doomed);
  for (const document of [ready, ...others]) await api.untilStatus(document, "ready");
  for (const document of [failed, doomed]) await api.untilStatus(document, "failed");
  return { ready, failed, cancelled: doomed, waiting };
}

/**
 * What is looked after under the settings.
 *
 * @param {Api} api an administrator's
 */
async function settings(api) {
  const { webhook } = await api.send("POST", "/api/webhooks", { url: "https://hooks.example.com/documents", description: "search index" });
  await api.send("POST", `/api/webhooks/${webhook.id}/test`);
  await api.send("POST", "/api/keys", { name: "backup server", scopes: ["documents:read"], expires_in_days: 90 });
}
