// Pages from a folder, in place of those that are installed: what is being edited is tried without building an image.

import { readFile } from "node:fs/promises";
import path from "node:path";

import { Failure } from "./failure.mjs";

/** @import { BrowserContext, Route } from "playwright-core" */

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ttf": "font/ttf",
};

const REPOSITORY = path.join(import.meta.dirname, "../../..");

/** The folder, or `undefined`: the pages are those that are installed. */
export function pagesFolder() {
  const folder = process.env["DASHBOARD_FILES"];
  return folder ? path.resolve(REPOSITORY, folder) : undefined;
}

/**
 * What a browser has to be permitted. Pages that no server has sent are from nowhere, as a browser sees it: they reach no server of this machine.
 */
export const permissionsForFolder = () => (pagesFolder() ? ["local-network-access"] : []);

/** @type {Promise<string> | undefined} */
let policy;

/**
 * Has the pages of a context come from the folder, if there is one, with the policy of those that are installed.
 *
 * @param {BrowserContext} context
 * @param {string} origin the dashboard's
 */
export async function servePages(context, origin) {
  const folder = pagesFolder();
  if (!folder) return;
  policy ??= policyOf(origin);
  const headers = { "Content-Security-Policy": await policy, "Cache-Control": "no-cache" };
  await context.route(isPage, (route) => answer(route, folder, headers));
}

/** @param {URL} url */
const isPage = ({ pathname }) => pathname === "/" || pathname.startsWith("/static/");

/**
 * @param {Route} route
 * @param {string} folder
 * @param {Record<string, string>} headers
 */
async function answer(route, folder, headers) {
  const { pathname } = new URL(route.request().url());
  const file = path.join(folder, pathname === "/" ? "index.html" : pathname.slice("/static/".length));
  const body = await readFile(file).catch(() => null);
  if (body === null) await route.fulfill({ status: 404, body: "" });
  else await route.fulfill({ body, headers: { ...headers, "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream" } });
}

/** @param {string} origin */
async function policyOf(origin) {
  const page = await fetch(`${origin}/`).catch((error) => {
    throw new Failure(`there is no answer from ${origin}: ${error.cause?.message ?? error.message}`, { cause: error });
  });
  const given = page.headers.get("Content-Security-Policy");
  if (!given) throw new Failure(`${origin}/ has no Content-Security-Policy: make install`);
  return given;
}
