// Tenants with more documents than anybody uploads for a test.

import path from "node:path";

import { run } from "./platform.mjs";

/** @import { Tenant } from "./tenant.mjs" */

const PROGRAM = path.join(import.meta.dirname, "../fill_tenant.py");

/**
 * Gives a tenant documents that are rows alone.
 *
 * @param {Tenant} tenant
 * @param {number} documents at least 100
 */
export async function fillWithRows(tenant, documents) {
  await run(PROGRAM, ["--tenant", tenant.id, "--documents", String(documents)]);
}

/**
 * Takes them away: by the thousand they would keep the sweeper busy for long.
 *
 * @param {{ id: string }} tenant
 */
export async function takeRowsAway(tenant) {
  await run(PROGRAM, ["--tenant", tenant.id, "--empty"]);
}
