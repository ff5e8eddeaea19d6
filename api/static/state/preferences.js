// What a person chose for this browser: language and theme. Other tabs follow.

import { loadLanguage, negotiate } from "../language/catalogue.js";
import { store } from "./store.js";

/** @typedef {import("../language/catalogue.js").Language} Language */
/** @typedef {"system" | "light" | "dark"} Theme */

/** @param {Language} language */
export function chooseLanguage(language) {
  localStorage.setItem("language", language);
  apply();
}

/** @param {Theme} theme */
export function chooseTheme(theme) {
  localStorage.setItem("theme", theme);
  apply();
}

/** Begins to do what was chosen, and what is chosen in other tabs. */
export async function followPreferences() {
  addEventListener("storage", (event) => {
    if (event.key === "language" || event.key === "theme") apply();
  });
  await apply();
}

async function apply() {
  const language = preferred();
  const theme = themeOf(localStorage.getItem("theme"));
  await loadLanguage(language);
  if (language !== preferred()) return; // Another was chosen meanwhile.
  document.documentElement.lang = language;
  document.documentElement.dataset.theme = theme;
  store.set({ language, theme });
}

/** @returns {Language} */
const preferred = () => negotiate([localStorage.getItem("language"), ...navigator.languages]);

/** @param {string | null} value @returns {Theme} */
function themeOf(value) {
  return value === "light" || value === "dark" ? value : "system";
}
