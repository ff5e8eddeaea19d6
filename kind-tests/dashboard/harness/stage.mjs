// What a flow has: pages of people who are signed in, a tenant, and what went wrong in the pages.

import { fill } from "./holding.mjs";
import { permissionsForFolder, servePages } from "./pages-from-folder.mjs";
import { address } from "./platform.mjs";
import { fillWithRows, takeRowsAway } from "./rows.mjs";
import { enter, settled } from "./sign-in.mjs";
import { createTenant, deleteTenant } from "./tenant.mjs";
import { tellPolicy, watch } from "./watch.mjs";

/** @import { Browser, BrowserContext, Page } from "playwright-core" */
/** @import { Holding } from "./holding.mjs" */
/** @import { Role, Tenant } from "./tenant.mjs" */

/**
 * @typedef {"it" | "en"} Language
 * @typedef {"light" | "dark"} Theme
 *
 * @typedef {object} Visitor Who looks at the dashboard, and with what.
 * @property {Role | null} [role] `null`: nobody who is signed in; otherwise an administrator
 * @property {Tenant} [tenant] without this the run's own
 * @property {string} [hash] where, such as `#/documents`
 * @property {Language} [language] the browser's
 * @property {Theme} [theme] the system's
 * @property {number} [width] of the window, in CSS pixels
 * @property {boolean} [hasTouch] whether it is a telephone
 */

export const LANGUAGES = /** @type {const} */ (["it", "en"]);
export const THEMES = /** @type {const} */ (["light", "dark"]);
/** Windows by their widths. */
export const HEIGHTS = /** @type {const} */ ({ 360: 740, 768: 1024, 1280: 800, 1600: 1000 });

const LOCALES = { it: "it-IT", en: "en-GB" };
/** The longest that a step may take, in milliseconds. */
const STEP_LIMIT = 20_000;

/** What all flows of a run have in common. */
export class Run {
  /**
   * @param {Browser} browser
   * @param {Tenant} tenant
   */
  constructor(browser, tenant) {
    this.browser = browser;
    this.tenant = tenant;
    this.url = address();
    /** @type {Promise<Holding> | undefined} */
    this.filled = undefined;
  }

  /** Something of everything in the run's own tenant, which the first who asks has made. */
  holding() {
    this.filled ??= fill(this.tenant);
    return this.filled;
  }
}

export class Stage {
  /** @param {Run} run */
  constructor(run) {
    this.run = run;
    this.url = run.url;
    this.tenant = run.tenant;
    /** @type {Page[]} */
    this.pages = [];
    /** @type {BrowserContext[]} */
    this.contexts = [];
    /** @type {Tenant[]} */
    this.tenants = [];
    /** @type {Tenant[]} */
    this.withRows = [];
    /** @type {string[]} */
    this.noted = [];
    /** @type {RegExp[]} */
    this.expected = [];
    /** @type {(() => Promise<unknown>)[]} */
    this.afterwards = [];
    /** @type {string[]} what the flow has measured: it is printed */
    this.told = [];
  }

  /**
   * A page of the dashboard, in a browser that knows nothing of any other page.
   *
   * @param {Visitor} [visitor]
   * @returns {Promise<Page>}
   */
  async open({ role = "admin", tenant = this.tenant, hash = "", language = "en", theme = "light", width = 1280, hasTouch = false } = {}) {
    const height = /** @type {Record<number, number>} */ (HEIGHTS)[width] ?? HEIGHTS[1280];
    const context = await this.run.browser.newContext({
      baseURL: this.url,
      locale: LOCALES[language],
      colorScheme: theme,
      viewport: { width, height },
      hasTouch,
      // What moves would be pictured in the middle of it; and a person who wants nothing to move loses nothing.
      reducedMotion: "reduce",
      permissions: permissionsForFolder(),
    });
    this.contexts.push(context);
    context.setDefaultTimeout(STEP_LIMIT);
    await tellPolicy(context);
    await servePages(context, this.url);
    const page = await this.another(context);
    await page.goto(`/${hash}`);
    await settled(page);
    if (role) await enter(page, tenant.accounts[role].key);
    return page;
  }

  /**
   * One more page in the same browser, with nothing in it yet.
   *
   * @param {BrowserContext} context
   */
  async another(context) {
    const page = await context.newPage();
    this.pages.push(page);
    watch(page, this.url, (problem) => this.noted.push(problem));
    return page;
  }

  /**
   * A tenant of the flow's own, which goes when it ends.
   *
   * @param {string} name
   */
  async ownTenant(name) {
    const tenant = await createTenant(name);
    this.tenants.push(tenant);
    return tenant;
  }

  /**
   * A tenant of the flow's own with very many documents, which are rows alone.
   *
   * @param {string} name
   * @param {number} documents at least 100
   */
  async tenantWithRows(name, documents) {
    const tenant = await this.ownTenant(name);
    this.withRows.push(tenant);
    await fillWithRows(tenant, documents);
    return tenant;
  }

  /** Something of everything in the run's tenant: not to be changed. */
  holding() {
    return this.run.holding();
  }

  /**
   * Has an error be none that fails the flow.
   *
   * @param {RegExp} pattern of its text
   */
  expects(pattern) {
    this.expected.push(pattern);
  }

  /**
   * Tells what the flow has measured.
   *
   * @param {string} line
   */
  tell(line) {
    this.told.push(line);
  }

  /**
   * Has something be done when the flow ends, whatever it ends by.
   *
   * @param {() => Promise<unknown>} work
   */
  finally(work) {
    this.afterwards.push(work);
  }

  /** What went wrong in the pages that was not expected. */
  problems() {
    return this.noted.filter((problem) => !this.expected.some((pattern) => pattern.test(problem)));
  }

  /** Puts away what the flow had. */
  async close() {
    // What was taken from everybody is given back first, and nothing else is in its way.
    for (const work of this.afterwards) await work();
    for (const context of this.contexts) await context.close();
    for (const tenant of this.withRows) await takeRowsAway(tenant);
    for (const tenant of this.tenants) await deleteTenant(tenant);
  }
}
