// What the list is restricted to. Every restriction is seen, and taken away by itself.

import { h } from "../../vendor/preact.js";
import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { Button, Select } from "../../components/controls.js";
import { Icon } from "../../components/icons.js";
import { lazy } from "../../components/lazy.js";
import { text, textOf } from "../../language/catalogue.js";
import { number } from "../../language/format.js";
import { NEWEST_FIRST, SORTS, STATUSES, isEmpty } from "../../logic/filter.js";

/** @typedef {import("../../logic/filter.js").Filter} Filter */
/** @typedef {(change: Record<string, string | null>) => void} Go */

const Chips = lazy(async () => (await import("./chips.js")).Chips, true);
const Filters = lazy(async () => (await import("./filters.js")).Filters, true);

/** What somebody types is looked for after so many milliseconds without another key. */
const TYPED = 250;

/** @param {{ state: import("../../state/store.js").State, filter: Filter, sort: string, question: string, isInText: boolean, go: Go }} properties */
export function Toolbar({ state, filter, sort, question, isInText, go }) {
  const [isOpen, setOpen] = useState(false);
  const more = ["reason", "language", "queue", "from", "to", "min", "max", "acknowledged"].filter((name) => filter[/** @type {keyof Filter} */ (name)]).length;
  return h(
    "div",
    { class: "toolbar" },
    h(
      "div",
      { class: "row" },
      h(SearchBox, { filter, question, isInText, go }),
      // What is found in texts is not restricted by these, and not sorted.
      question === "" && h(States, { filter, counts: state.counts, go }),
      question === "" && h(Button, { icon: "filter", expanded: isOpen, controls: "filters", onClick: () => setOpen(!isOpen) }, more > 0 ? text("filter.openWith", { count: more }) : text("filter.open")),
      question === "" && h(Select, { label: text("sort.label"), value: sort, options: SORTS.map((each) => /** @type {const} */ ([each, textOf("sort", each)])), onChange: (value) => go({ sort: value === NEWEST_FIRST ? null : value }) }),
    ),
    isOpen && question === "" && h(Filters, { filter, go }),
    (question !== "" || !isEmpty(filter)) && h(Chips, { filter, question, go }),
  );
}

/** @param {{ filter: Filter, question: string, isInText: boolean, go: Go }} properties one box for names and for texts */
function SearchBox({ filter, question, isInText, go }) {
  const current = isInText ? question : (filter.search ?? "");
  const [value, setValue] = useState(current);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  // The address may be changed by others: a link, a chip that is taken away.
  useEffect(() => setValue((typed) => (typed.trim() === current ? typed : current)), [current]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (/** @type {string} */ what, /** @type {boolean} */ isText) => {
    clearTimeout(timer.current);
    go(isText ? { in: "text", text: what.trim() || null, search: null } : { in: null, search: what.trim() || null, text: null });
  };
  const typed = (/** @type {InputEvent} */ event) => {
    const what = /** @type {HTMLInputElement} */ (event.currentTarget).value;
    setValue(what);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(what, isInText), TYPED);
  };
  return h(
    "form",
    { class: "search", role: "search", onSubmit: (/** @type {Event} */ event) => { event.preventDefault(); search(value, isInText); } },
    h(Icon, { name: "search" }),
    h("input", { type: "search", value, onInput: typed, "aria-label": text(isInText ? "search.inText" : "search.inNames"), placeholder: text(isInText ? "search.inText" : "search.inNames") }),
    h(
      "span",
      { class: "segments", role: "group", "aria-label": text("search.where") },
      h(Button, { kind: "quiet", pressed: !isInText, onClick: () => search(value, false) }, text("search.names")),
      h(Button, { kind: "quiet", pressed: isInText, onClick: () => search(value, true) }, text("search.text")),
    ),
  );
}

/** @param {{ filter: Filter, counts: import("../../state/store.js").State["counts"], go: Go }} properties */
function States({ filter, counts, go }) {
  /** @type {[string, number | undefined][]} */
  const all = [["", counts?.total], ...STATUSES.map((each) => /** @type {[string, number | undefined]} */ ([each, counts?.[/** @type {"ready"} */ (each)]]))];
  const segment = (/** @type {[string, number | undefined]} */ [status, count]) =>
    h(
      "button",
      { type: "button", class: "segment", "aria-pressed": (filter.status ?? "") === status, key: status, onClick: () => go({ status: status || null }) },
      status === "" ? text("status.all") : textOf("status", status),
      count !== undefined && h("span", { class: "count" }, number(count)),
    );
  return h("div", { class: "segments states", role: "group", "aria-label": text("filter.status") }, all.map(segment));
}
