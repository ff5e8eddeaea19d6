import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { LANGUAGES, language, loadLanguage, loadTexts, negotiate, text, textOf } from "../../../api/static/language/catalogue.js";
import { REASONS, SORTS, STATUSES } from "../../../api/static/logic/filter.js";
import { ENGLISH, ITALIAN, PARTS } from "./catalogues.mjs";

/** @typedef {import("../../../api/static/language/catalogue.js").Message} Message */
/** @typedef {import("../../../api/static/language/catalogue.js").Part} Part */

const CATALOGUES = { en: ENGLISH, it: ITALIAN };
const NAMES = Object.keys(ENGLISH);
const LOADED = /** @type {Part[]} */ (Object.keys(PARTS.en));

/** @param {Message | undefined} message @returns {Record<string, string>} by plural category; `all` where there is one form */
const formsOf = (message) => (typeof message === "string" ? { all: message } : { ...message });
/** @param {string} form @returns {string[]} */
const placeholders = (form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();

beforeEach(() => loadLanguage("en"));

test("both languages have the same texts, in the same part, and each once", () => {
  assert.deepEqual(Object.keys(CATALOGUES).sort(), [...LANGUAGES].sort());
  for (const part of LOADED) assert.deepEqual(Object.keys(PARTS.it[part]).sort(), Object.keys(PARTS.en[part]).sort(), part);
  assert.equal(NAMES.length, LOADED.flatMap((part) => Object.keys(PARTS.en[part])).length, "a text is in two parts");
});

test("what belongs to a view is there once it is loaded, and in each language from then on", async () => {
  for (const part of LOADED) await loadTexts(part);
  assert.equal(text("document.back"), ENGLISH["document.back"]);
  await loadLanguage("it");
  for (const name of ["close", "document.back", "settings.keys"]) assert.equal(text(/** @type {"close"} */ (name)), ITALIAN[name]);
});

for (const [tag, catalogue] of Object.entries(CATALOGUES)) {
  test(`${tag}: each text says something, in the plural's forms where a number chooses them`, () => {
    for (const [name, message] of Object.entries(catalogue)) {
      const forms = formsOf(message);
      if (typeof message !== "string") assert.deepEqual(Object.keys(forms).sort(), ["one", "other"], name);
      for (const form of Object.values(forms)) {
        assert.ok(form.trim() === form && form !== "", `${name}: "${form}"`);
        assert.doesNotMatch(form.replace(/\{\w+\}/g, ""), /[{}<>]/, name);
      }
    }
  });

  test(`${tag}: each reason has a name and a remedy, each state and order a name`, () => {
    const wanted = [...REASONS.flatMap((reason) => [`reason.${reason}`, `remedy.${reason}`]), ...STATUSES.map((each) => `status.${each}`), ...SORTS.map((each) => `sort.${each}`)];
    assert.deepEqual(wanted.filter((name) => !(name in catalogue)), []);
    const has = NAMES.filter((name) => /^(reason|remedy)\./.test(name));
    assert.deepEqual(has.filter((name) => !wanted.includes(name)), [], "a reason that there is not");
  });
}

test("a text depends on the same values in both languages", () => {
  for (const name of NAMES) {
    const [english, italian] = [formsOf(ENGLISH[name]), formsOf(ITALIAN[name])];
    assert.deepEqual(Object.keys(italian).sort(), Object.keys(english).sort(), `${name}: a number chooses its form in one of the two alone`);
    for (const [category, form] of Object.entries(english)) assert.deepEqual(placeholders(italian[category] ?? ""), placeholders(form), `${name}, ${category}`);
  }
});

test("no text of several words is the same in both: it would not be translated", () => {
  const words = (/** @type {string} */ form) => form.replace(/\{\w+\}/g, "").match(/\p{L}+/gu) ?? [];
  for (const name of NAMES) {
    const italian = formsOf(ITALIAN[name]);
    for (const [category, form] of Object.entries(formsOf(ENGLISH[name]))) if (words(form).length > 1) assert.notEqual(italian[category], form, name);
  }
});

test("the Italian texts are those that were agreed on", async () => {
  await loadLanguage("it");
  assert.equal(text("work.processing"), "Elaborazione in corso...");
  assert.equal(text("work.ready"), "Documento pronto!");
});

test("a number chooses the form", async () => {
  assert.deepEqual([0, 1, 2, 1_000_000].map((count) => text("count.pages", { count })), ["0 pages", "1 page", "2 pages", "1,000,000 pages"]);
  await loadLanguage("it");
  // Italian has a form of its own for millions, which these texts do without.
  assert.deepEqual([0, 1, 2, 1_000_000].map((count) => text("count.pages", { count })), ["0 pagine", "1 pagina", "2 pagine", "1.000.000 pagine"]);
});

test("values are put in as they are: what is in them is no placeholder and no pattern", () => {
  assert.equal(text("announce.ready", { name: "{name} $& {count}.pdf" }), "{name} $& {count}.pdf: document ready");
  assert.equal(text("batch.done", { done: "3", total: "{done}" }), "3 of {done} done");
});

test("numbers are written in the language, and a value that is missing is seen to be", async () => {
  await loadTexts("settings");
  assert.equal(text("keys.used", { when: 12_345 }), "used 12,345");
  assert.equal(text("keys.used"), "used {when}");
  await loadLanguage("it");
  assert.equal(text("keys.used", { when: 12_345 }), "usata 12.345");
});

test("a value that has no text is shown itself", () => {
  assert.equal(textOf("reason", "NoText"), "No text in it");
  assert.equal(textOf("reason", "Invented"), "Invented");
  assert.equal(textOf("reason", ""), "");
});

test("the first language that there is, is taken", () => {
  assert.equal(negotiate([null, "fr", "it-CH", "en"]), "it");
  assert.equal(negotiate(["en-GB", "it"]), "en");
  assert.equal(negotiate(["IT"]), "it");
  assert.equal(negotiate([undefined, "", "italian", "de"]), "en");
  assert.equal(negotiate([]), "en");
});

test("the language that is loaded is that of everything", async () => {
  assert.equal(language(), "en");
  await loadLanguage("it");
  assert.equal(language(), "it");
  assert.equal(text("close"), "Chiudi");
});
