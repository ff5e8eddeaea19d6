// The panel of filters that are not always in view.

import { h } from "../../vendor/preact.js";
import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { Select } from "../../components/controls.js";
import { Field } from "../../components/fields.js";
import { text, textOf } from "../../language/catalogue.js";
import { languageName } from "../../language/format.js";
import { REASONS, isDay } from "../../logic/filter.js";

/** Languages that documents are often in; any other can be named in the address. */
const LANGUAGES = ["it", "en", "de", "fr", "es", "pt", "nl", "pl", "ro", "ru", "el", "ar", "zh", "ja", "und"];
/** @param {{ filter: import("../../logic/filter.js").Filter, go: import("./toolbar.js").Go }} properties */
export function Filters({ filter, go }) {
  const any = /** @type {const} */ (["", text("filter.any")]);
  const reasons = REASONS.map((each) => /** @type {const} */ ([each, textOf("reason", each)]));
  const languages = LANGUAGES.map((each) => /** @type {const} */ ([each, languageName(each)]));
  const queues = ["documents", "maintenance"].map((each) => /** @type {const} */ ([each, textOf("queue", each)]));
  const size = (/** @type {"min" | "max"} */ name) =>
    h(Typed, {
      label: text(`filter.${name}`), type: "number", value: filter[name] ?? "", more: { min: 0, step: "any", inputMode: "decimal" },
      shown: (value) => (value === "" ? "" : String(Number(value) / 1000)), read: (typed) => (typed === "" ? "" : String(Math.round(Number(typed) * 1000))),
      onChange: (value) => go({ [name]: value }),
    });
  const day = (/** @type {"from" | "to"} */ name) =>
    h(Typed, {
      label: text(`filter.${name}`), type: "date", value: filter[name] ?? "", shown: String, read: (typed) => (typed === "" || isDay(typed) ? typed : null),
      onChange: (value) => go({ [name]: value }),
    });
  return h(
    "div",
    { class: "filters", id: "filters" },
    h(Select, { label: text("filter.reason"), value: filter.reason ?? "", options: [any, ...reasons], onChange: (value) => go({ reason: value }) }),
    h(Select, { label: text("filter.language"), value: filter.language ?? "", options: [any, ...languages], onChange: (value) => go({ language: value }) }),
    h(Select, { label: text("filter.queue"), value: filter.queue ?? "", options: [any, ...queues], onChange: (value) => go({ queue: value }) }),
    day("from"),
    day("to"),
    size("min"),
    size("max"),
  );
}

/**
 * A field of a filter. What is typed stays as it is until the filter is another: the beginning of a year is no day, and "1.0" may become "1.05".
 * @param {object} properties
 * @param {string} properties.label
 * @param {string} properties.type
 * @param {string} properties.value of the filter
 * @param {(value: string) => string} properties.shown how a value is typed
 * @param {(typed: string) => string | null} properties.read the value that is typed, or null where it is none yet
 * @param {(value: string) => void} properties.onChange
 * @param {Record<string, unknown>} [properties.more] attributes of the input
 */
function Typed({ label, type, value, shown, read, onChange, more }) {
  const [typed, setTyped] = useState(shown(value));
  useEffect(() => {
    if (read(typed) !== value) setTyped(shown(value));
  }, [value]);
  const take = (/** @type {string} */ next) => {
    setTyped(next);
    const meant = read(next);
    if (meant !== null) onChange(meant);
  };
  return h(Field, { label, type, value: typed, more, onInput: take });
}
