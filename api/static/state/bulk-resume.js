// Actions on many that were begun before the page was loaded.

import { get } from "../network/client.js";

/** Shows how far those are that still go on. */
export async function resumeBulk() {
  try {
    const { bulk_actions: actions } = /** @type {{ bulk_actions: import("../logic/types.js").BulkAction[] }} */ (await get("/api/bulk-actions?limit=20"));
    const running = actions.filter(({ state }) => state === "running");
    if (running.length === 0) return;
    const { followBulk } = await import("./bulk.js");
    for (const action of running) followBulk(action);
  } catch {
    // They go on all the same; only nobody looks.
  }
}
