// The list of documents: what it is restricted to, by name or by text, and what is done with many.

import { h } from "../../vendor/preact.js";
import { useEffect } from "../../vendor/preact-hooks.js";
import { lazy } from "../../components/lazy.js";
import { text } from "../../language/catalogue.js";
import { number } from "../../language/format.js";
import { FILTER_NAMES, NEWEST_FIRST, SORTS, filterOf } from "../../logic/filter.js";
import { hashOf, routeOf } from "../../logic/route.js";
import { closeList, openList } from "../../state/list.js";
import { Grid } from "./grid.js";
import { Toolbar } from "./toolbar.js";

/** @typedef {import("../../state/store.js").State} State */

const Results = lazy(async () => (await import("./results.js")).Results);
const SelectionBar = lazy(async () => (await import("./selection-bar.js")).SelectionBar, true);

/** @param {{ state: State, parameters: URLSearchParams }} properties */
export function DocumentsView({ state, parameters }) {
  const filter = filterOf(parameters);
  const sort = SORTS.find((each) => each === parameters.get("sort")) ?? NEWEST_FIRST;
  const question = parameters.get("text") ?? "";
  const key = [sort, ...FILTER_NAMES.map((name) => filter[name] ?? "")].join("\0");
  const isSearch = question !== "";
  useEffect(() => {
    if (isSearch) return undefined;
    openList(filter, sort);
    return closeList;
  }, [key, isSearch]);
  const go = (/** @type {Record<string, string | null>} */ change) => {
    // As it is now: another filter may have been chosen since this was drawn.
    const next = routeOf(location.hash).parameters;
    for (const [name, value] of Object.entries(change)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    // A filter is no page of its own: going back leaves the list.
    history.replaceState(null, "", hashOf("documents", null, next));
    dispatchEvent(new HashChangeEvent("hashchange"));
  };
  return h(
    "div",
    { class: "documents" },
    h("h1", { class: "unseen" }, text("documents.title")),
    h(Toolbar, { state, filter, sort, question, isInText: question !== "" || parameters.get("in") === "text", go }),
    !isSearch
      ? [h(Matching, { state, key: "count" }), state.selected.size > 0 && h(SelectionBar, { state, filter, key: "bar" }), h(Grid, { state, filter, sort, go, key: "grid" })]
      : h(Results, { question, language: filter.language ?? null }),
  );
}

/** @param {{ state: State }} properties how many there are */
function Matching({ state }) {
  const { list } = state;
  if (list.phase !== "loaded") return null;
  const total = list.cursor === null ? list.ids.length : (list.matching ?? list.ids.length);
  return h("p", { class: "matching", role: "status" }, text("documents.count", { count: total, shown: number(total) }));
}
