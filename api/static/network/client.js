// Speaking to the server: with the session's cookie, or with a key where the browser keeps no cookie of this site.

import { backoff } from "../logic/backoff.js";
import { pause } from "../logic/pause.js";

const KEY = "socrate-api-key";
/** Attempts at a request that only reads. */
const READS = 3;
const NEVER = new AbortController().signal;

/** What the server answered instead of what was asked for; status 0 where it did not answer. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code stable, such as `not_ready`
   * @param {string} message for people
   * @param {number | null} [retryAfter] seconds
   */
  constructor(status, code, message, retryAfter = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same may succeed a little later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** The key that requests carry where there is no session: of this tab, and gone with it. */
export const key = {
  get: () => sessionStorage.getItem(KEY),
  /** @param {string} value */
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** @returns {Record<string, string>} */
export function credentials() {
  const value = key.get();
  return value ? { Authorization: `Bearer ${value}` } : {};
}

/**
 * @typedef {object} Options
 * @property {unknown} [json] the body
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {boolean} [keepalive] whether it is sent though the page is left
 */

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>} one of 2xx, or 304
 * @throws {ApiError}
 */
export async function call(method, path, { json, headers, signal, keepalive } = {}) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  /** @type {Record<string, string>} */
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch(path, { method, body, signal, keepalive, cache: "no-store", headers: { ...credentials(), ...type, ...headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "");
  }
  if (response.ok || response.status === 304) return response;
  throw errorOf(response.status, await response.json().catch(() => null), response.headers.get("Retry-After"));
}

/**
 * What an answer holds. A connection that is cut in the middle of it is none.
 * @template T
 * @param {() => Promise<T>} read
 * @returns {Promise<T>}
 * @throws {ApiError}
 */
export async function whole(read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "");
  }
}

/**
 * @param {number} status
 * @param {unknown} body
 * @param {string | null} retryAfter
 * @returns {ApiError}
 */
export function errorOf(status, body, retryAfter) {
  const problem = /** @type {{ code?: string, message?: string }} */ (body ?? {});
  const seconds = retryAfter === null || retryAfter === "" ? Number.NaN : Number(retryAfter);
  return new ApiError(status, problem.code ?? "unknown", problem.message ?? "", Number.isFinite(seconds) ? seconds : null);
}

/**
 * @template T
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<T>}
 */
export async function get(path, options) {
  for (let failures = 1; ; failures += 1) {
    try {
      const response = await call("GET", path, options);
      return await whole(() => response.json());
    } catch (error) {
      // What only reads is asked again where the network or a proxy has cut it.
      const isCut = error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 504);
      if (!isCut || failures >= READS) throw error;
      await pause(backoff(failures), options?.signal ?? NEVER);
    }
  }
}

/**
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {unknown} [json]
 * @returns {Promise<T>}
 */
export async function send(method, path, json) {
  const response = await call(method, path, { json });
  return response.status === 204 ? /** @type {T} */ (undefined) : whole(() => response.json());
}
