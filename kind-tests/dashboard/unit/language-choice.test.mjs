// The language that is chosen, while another is still being loaded. In a file of its own, where nothing is loaded yet.

import assert from "node:assert/strict";
import { test } from "node:test";

import { language, loadLanguage, loadTexts, text } from "../../../api/static/language/catalogue.js";

test("what was chosen last is the language, whichever is there first", async () => {
  await loadLanguage("en");
  await Promise.all([loadLanguage("it"), loadLanguage("en")]);
  assert.equal(language(), "en");
});

test("what belongs to a view is there in the language that is chosen meanwhile", async () => {
  await loadLanguage("en");
  await Promise.all([loadLanguage("it"), loadTexts("document")]);
  assert.equal(text("document.back"), "Tutti i documenti");
});
