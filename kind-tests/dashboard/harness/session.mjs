// A browser and a tenant for as long as a program needs them, whatever it ends by.

import { launch } from "./browser.mjs";
import { Failure, described } from "./failure.mjs";
import { Run } from "./stage.mjs";
import { createTenant, deleteTenant } from "./tenant.mjs";

/**
 * Does something with both and puts them away; its exit status: that of the work, 2 where something else than the dashboard failed, 130 where
 * it was told to end.
 *
 * @param {boolean} isHeaded
 * @param {(run: Run, signal: AbortSignal) => Promise<number>} work
 */
export async function withRun(isHeaded, work) {
  const told = new AbortController();
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(name, () => told.abort());
  try {
    const status = await withBrowser(isHeaded, (run) => work(run, told.signal));
    return told.signal.aborted ? 130 : status;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${described(error)}\n`);
    return 2;
  }
}

/**
 * @param {boolean} isHeaded
 * @param {(run: Run) => Promise<number>} work
 */
async function withBrowser(isHeaded, work) {
  const browser = await launch(isHeaded);
  try {
    const tenant = await createTenant("flows");
    try {
      return await work(new Run(browser, tenant));
    } finally {
      await deleteTenant(tenant);
    }
  } finally {
    await browser.close();
  }
}
