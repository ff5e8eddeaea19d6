// Signing in with a key.

import { h } from "../vendor/preact.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { Button, Select } from "../components/controls.js";
import { Field } from "../components/fields.js";
import { useStore } from "../components/hooks.js";
import { LANGUAGES, text } from "../language/catalogue.js";
import { chooseLanguage } from "../state/preferences.js";
import { signIn } from "../state/session.js";
import { Brand } from "./header.js";

/** @param {{ problem: string }} properties */
export function SignIn({ problem }) {
  const { language } = useStore();
  const [value, setValue] = useState("");
  const [error, setError] = useState(problem);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = `${text("signIn.title")} – Socrate AI`;
  }, [language]);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (isBusy || value.trim() === "") return;
    setBusy(true);
    setError(await signIn(value.trim()));
    setBusy(false);
  };
  return h(
    "main",
    { class: "sign-in", id: "main" },
    h(
      "form",
      { onSubmit: submit, class: "card" },
      h(Brand, { size: 40 }),
      h("h1", null, text("signIn.title")),
      h("p", { class: "hint" }, text("signIn.what")),
      h(Field, {
        label: text("signIn.key"), value, onInput: setValue, type: "password", error, required: true,
        more: { autocomplete: "off", spellcheck: false, autocapitalize: "none", name: "key" },
      }),
      h(Button, { type: "submit", kind: "primary", disabled: isBusy }, isBusy ? text("signIn.busy") : text("signIn.do")),
      h("div", { class: "more" }, h(LanguageChoice, { language }), h("a", { href: "/docs/" }, text("documentation"))),
    ),
  );
}

/** @param {{ language: import("../language/catalogue.js").Language }} properties */
export function LanguageChoice({ language }) {
  const names = { it: "Italiano", en: "English" };
  const choose = (/** @type {string} */ value) => chooseLanguage(value === "it" ? "it" : "en");
  return h(Select, { label: text("language"), value: language, options: LANGUAGES.map((each) => /** @type {const} */ ([each, names[each]])), onChange: choose });
}
