// Debian's Chromium, by playwright.

import { access, constants } from "node:fs/promises";

import { chromium } from "playwright-core";

import { Failure, described } from "./failure.mjs";

/**
 * Starts a browser.
 *
 * @param {boolean} isHeaded whether its window is to be seen
 */
export async function launch(isHeaded) {
  const executablePath = process.env["CHROMIUM"] || "/usr/bin/chromium";
  const wayOut = "run make prerequisites, or name another by the variable CHROMIUM";
  await access(executablePath, constants.X_OK).catch(() => {
    throw new Failure(`there is no browser ${executablePath}: ${wayOut}`);
  });
  // Who tells this program to end is obeyed by the program, which has more to put away than the browser.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({ executablePath, headless: !isHeaded, ...signals }).catch((error) => {
    throw new Failure(`unable to start ${executablePath}: ${described(error)}; ${wayOut}`, { cause: error });
  });
}
