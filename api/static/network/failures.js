// What the API does with failures.

import { call } from "./client.js";

/** @param {string} id somebody has seen to its failure */
export const acknowledge = (id) => call("PUT", `/api/documents/${id}/acknowledgement`);

/** @param {string} id */
export const takeBackAcknowledgement = (id) => call("DELETE", `/api/documents/${id}/acknowledgement`);
