// What goes wrong in a page without anybody seeing it, and what it waits for.

/** @import { BrowserContext, Page, Request } from "playwright-core" */

/** What a browser says of requests that are cut because the machine's network has changed, as it does with each Pod where the cluster is on it. */
const NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED";
/** Answers that go on for as long as somebody listens. */
const STREAMS = ["/api/events"];

/** @type {WeakMap<Page, Set<Request>>} */
const unanswered = new WeakMap();

/**
 * How many requests of a page that is watched have no answer yet.
 *
 * @param {Page} page
 */
export const requestsInFlight = (page) => unanswered.get(page)?.size ?? 0;

/** @type {WeakSet<Page>} */
const cut = new WeakSet();

/**
 * Whether a script or style of a page was cut by a change of the network since this was last asked: the page may be empty, and has to be loaded anew.
 *
 * @param {Page} page
 */
export const wasCut = (page) => cut.delete(page);

/** @type {WeakSet<Page>} */
const agreeing = new WeakSet();

/**
 * Has dialogs of the browser's own be agreed to from now on, as somebody does who leaves a page all the same.
 *
 * @param {Page} page
 */
export const agreeToDialogs = (page) => void agreeing.add(page);

/** Runs in the page before its own scripts. The browser's message alone does not say where a violation was. */
function tellViolations() {
  addEventListener("securitypolicyviolation", (event) => {
    console.error(`Content-Security-Policy: ${event.effectiveDirective} forbids ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
  });
}

/**
 * Has the pages of a context tell what their policy forbids.
 *
 * @param {BrowserContext} context
 */
export async function tellPolicy(context) {
  await context.addInitScript(tellViolations);
}

/**
 * Notes errors of scripts and on the console, dialogs that nobody asked for, and requests to other hosts.
 *
 * @param {Page} page
 * @param {string} origin the dashboard's
 * @param {(problem: string) => void} note
 */
export function watch(page, origin, note) {
  page.on("pageerror", (error) => note(`a script failed: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" || message.text().includes(NETWORK_CHANGED)) return;
    const { url, lineNumber } = message.location();
    note(`console: ${message.text()} (${url}:${lineNumber})`);
  });
  page.on("crash", () => note("the page crashed"));
  page.on("dialog", (dialog) => {
    note(`a dialog of the browser's own: ${dialog.type()} ${JSON.stringify(dialog.message())}`);
    const answered = agreeing.has(page) ? dialog.accept() : dialog.dismiss();
    // It may have gone with its page.
    answered.catch(() => undefined);
  });
  /** @type {Set<Request>} */
  const requests = new Set();
  unanswered.set(page, requests);
  page.on("requestfinished", (request) => void requests.delete(request));
  page.on("requestfailed", (request) => {
    requests.delete(request);
    if (request.failure()?.errorText === NETWORK_CHANGED && ["script", "stylesheet"].includes(request.resourceType())) cut.add(page);
  });
  page.on("response", (response) => {
    // What nobody reads to its end, as what comes of an action, does not end.
    if (response.request().method() !== "GET") requests.delete(response.request());
  });
  page.on("request", (request) => {
    const { protocol, host, pathname } = new URL(request.url());
    if (!STREAMS.includes(pathname)) requests.add(request);
    const isOwn = ["blob:", "data:"].includes(protocol) || host === new URL(origin).host;
    if (!isOwn) note(`another host is asked: ${request.method()} ${request.url()}`);
  });
}
