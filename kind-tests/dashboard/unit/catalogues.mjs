// All texts, also those that the dashboard loads only where they are shown.

import { document as enDocument } from "../../../api/static/language/en-document.js";
import { remedies as enRemedies } from "../../../api/static/language/en-remedies.js";
import { settings as enSettings } from "../../../api/static/language/en-settings.js";
import { en } from "../../../api/static/language/en.js";
import { document as itDocument } from "../../../api/static/language/it-document.js";
import { remedies as itRemedies } from "../../../api/static/language/it-remedies.js";
import { settings as itSettings } from "../../../api/static/language/it-settings.js";
import { it } from "../../../api/static/language/it.js";

/** @typedef {import("../../../api/static/language/catalogue.js").Texts} Texts */
/** @typedef {Record<import("../../../api/static/language/catalogue.js").Part, Texts>} Parts what is loaded at once */

/** @type {Record<import("../../../api/static/language/catalogue.js").Language, Parts>} */
export const PARTS = {
  en: { base: en, document: enDocument, remedies: enRemedies, settings: enSettings },
  it: { base: it, document: itDocument, remedies: itRemedies, settings: itSettings },
};

/** @type {Texts} */
export const ENGLISH = Object.assign({}, ...Object.values(PARTS.en));
/** @type {Texts} */
export const ITALIAN = Object.assign({}, ...Object.values(PARTS.it));
