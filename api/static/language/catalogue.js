// Finds texts by name in the language that was chosen. `{name}` in a text stands for a value; a text that depends on a number is an object with the
// plural categories of `Intl.PluralRules`.

/** @typedef {string | { one: string, other: string }} Message */
/** @typedef {keyof typeof import("./en.js").en | keyof typeof import("./en-document.js").document | keyof typeof import("./en-remedies.js").remedies | keyof typeof import("./en-settings.js").settings} MessageName */
/** @typedef {"it" | "en"} Language */
/** @typedef {"base" | "document" | "remedies" | "settings"} Part what belongs to all views, to one document, to failures, and to settings */
/** @typedef {Record<string, Message>} Texts */

/**
 * Nobody waits for texts of a language, or of a view, that is not shown.
 * @type {Record<Language, Record<Part, () => Promise<Texts>>>}
 */
const PARTS = {
  it: {
    base: async () => (await import("./it.js")).it,
    document: async () => (await import("./it-document.js")).document,
    remedies: async () => (await import("./it-remedies.js")).remedies,
    settings: async () => (await import("./it-settings.js")).settings,
  },
  en: {
    base: async () => (await import("./en.js")).en,
    document: async () => (await import("./en-document.js")).document,
    remedies: async () => (await import("./en-remedies.js")).remedies,
    settings: async () => (await import("./en-settings.js")).settings,
  },
};

/** @type {readonly Language[]} */
export const LANGUAGES = ["it", "en"];

/** @type {Language} */
let chosen = "en";
/** @type {Language} */
let current = "en";
/** @type {Set<Part>} */
const wanted = new Set(["base"]);
/** @type {Texts} */
let catalogue = {};

/** @returns {Language} the language of texts, numbers and dates */
export function language() {
  return current;
}

/**
 * Has texts, numbers and dates be in a language from then on.
 * @param {Language} next
 */
export async function loadLanguage(next) {
  chosen = next;
  await load();
}

/**
 * Loads what views say.
 * @param {...Part} parts
 */
export async function loadTexts(...parts) {
  for (const part of parts) wanted.add(part);
  await load();
}

/** What is chosen or wanted meanwhile is loaded, too: whichever is there first, the last choice counts. */
async function load() {
  const of = chosen;
  const parts = [...wanted];
  const texts = await Promise.all(parts.map((part) => PARTS[of][part]()));
  if (of !== chosen || parts.length !== wanted.size) {
    await load();
    return;
  }
  catalogue = Object.assign({}, ...texts);
  current = of;
}

/**
 * The first language of the list that there is a catalogue for; English where there is none.
 * @param {readonly (string | null | undefined)[]} tags BCP 47 tags, the most wanted first
 * @returns {Language}
 */
export function negotiate(tags) {
  for (const tag of tags) {
    const found = LANGUAGES.find((each) => tag?.toLowerCase().split("-")[0] === each);
    if (found) return found;
  }
  return "en";
}

/**
 * @param {MessageName} name
 * @param {Record<string, string | number>} [values] what `{…}` stands for; `count` chooses the plural
 * @returns {string}
 */
export function text(name, values = {}) {
  const message = catalogue[name] ?? name;
  const pattern = typeof message === "string" ? message : message[plural(Number(values.count))];
  return pattern.replace(/\{(\w+)\}/g, (whole, key) => {
    const value = values[key];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(current, { useGrouping: "always" }) : isolated(value);
  });
}

/** Letters that are written from right to left, and signs that change the direction of what follows. */
const OF_ANOTHER_DIRECTION = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

/** @param {string} value @returns {string} so that its direction is its own (UAX 9) */
function isolated(value) {
  return OF_ANOTHER_DIRECTION.test(value) ? `\u2068${value}\u2069` : value;
}

/**
 * @param {number} count
 * @returns {"one" | "other"}
 */
function plural(count) {
  return new Intl.PluralRules(current).select(count) === "one" ? "one" : "other";
}

/**
 * A text whose name is made of a value, such as `reason.NoText`; the value itself where there is no such text.
 * @param {string} prefix
 * @param {string} value
 * @returns {string}
 */
export function textOf(prefix, value) {
  const name = `${prefix}.${value}`;
  return isMessageName(name) ? text(name) : value;
}

/**
 * @param {string} name
 * @returns {name is MessageName}
 */
function isMessageName(name) {
  return Object.hasOwn(catalogue, name);
}
