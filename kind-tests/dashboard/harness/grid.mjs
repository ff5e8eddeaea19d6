// The list of documents: its rows, and what is chosen of them.

/** @import { Page } from "playwright-core" */

/** @param {Page} page */
export const grid = (page) => page.getByRole("grid");

/** Rows that are drawn, without the heads of the columns. @param {Page} page */
export const rows = (page) => grid(page).locator("[role=row][id]");

/**
 * A document's row.
 *
 * @param {Page} page
 * @param {string} name
 */
export const rowOf = (page, name) => rows(page).filter({ has: page.getByText(name, { exact: true }) });

/**
 * The names of the rows that are drawn, from the first to the last.
 *
 * @param {Page} page
 */
export const names = (page) => rows(page).locator("bdi").allTextContents();

/**
 * The box by which a document is selected.
 *
 * @param {Page} page
 * @param {string} name
 */
export const box = (page, name) => rowOf(page, name).getByRole("checkbox");
