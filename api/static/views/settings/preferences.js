// Language and theme of this browser.

import { h } from "../../vendor/preact.js";
import { Select } from "../../components/controls.js";
import { text } from "../../language/catalogue.js";
import { chooseTheme } from "../../state/preferences.js";
import { LanguageChoice } from "../sign-in.js";

const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/** @param {{ state: import("../../state/store.js").State }} properties */
export function PreferencesSection({ state }) {
  const choose = (/** @type {string} */ value) => chooseTheme(THEMES.find((each) => each === value) ?? "system");
  return h(
    "section",
    { class: "card form" },
    h(LanguageChoice, { language: state.language }),
    h(Select, { label: text("theme"), value: state.theme, options: THEMES.map((each) => /** @type {const} */ ([each, text(`theme.${each}`)])), onChange: choose }),
    h("p", { class: "hint" }, text("preferences.what")),
  );
}
