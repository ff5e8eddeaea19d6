// Actions on all documents that match a filter.

import { get, send } from "./client.js";

/**
 * @param {"cancel" | "delete" | "retry"} action
 * @param {Record<string, string | number | boolean>} body the filter as bulk actions have it
 * @param {boolean} isDry whether it is only counted
 * @returns {Promise<{ bulk_action: import("../logic/types.js").BulkAction }>}
 */
export function bulk(action, body, isDry) {
  return send("POST", "/api/bulk-actions", { action, filter: body, dry_run: isDry });
}

/** @param {string} id @returns {Promise<{ bulk_action: import("../logic/types.js").BulkAction }>} */
export const bulkAction = (id) => get(`/api/bulk-actions/${id}`);

/** @param {string} id @returns {Promise<{ bulk_action: import("../logic/types.js").BulkAction }>} */
export const abortBulkAction = (id) => send("POST", `/api/bulk-actions/${id}/abort`);

/** @returns {Promise<{ bulk_actions: import("../logic/types.js").BulkAction[] }>} the newest first */
export const bulkActions = () => get("/api/bulk-actions?limit=20");
