// Rows of documents. Of ten thousand those in view alone are drawn; the one that has the focus stays, wherever it is.

import { h } from "../../vendor/preact.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { Failure, Skeleton } from "../../components/controls.js";
import { lazy } from "../../components/lazy.js";
import { text } from "../../language/catalogue.js";
import { isEmpty } from "../../logic/filter.js";
import { hashOf } from "../../logic/route.js";
import { rowAfter, windowOf } from "../../logic/window.js";
import { loadMore, refreshList, setAtTop, showNewer } from "../../state/list.js";
import { removeDocuments } from "../../state/removal.js";
import { may } from "../../state/session.js";
import { store } from "../../state/store.js";
import { watch } from "../../state/watch.js";
import { Row } from "./row.js";

/** @typedef {import("../../state/store.js").State} State */

const Nothing = lazy(async () => (await import("./nothing.js")).Nothing);

/** So many rows before the end the next page is read. */
const AHEAD = 40;
const VIEW = Symbol("grid");
/** What the id of a row's element begins with. */
const ROW = "row-";

/** @param {{ state: State, filter: import("../../logic/filter.js").Filter, sort: string, go: import("./toolbar.js").Go }} properties */
export function Grid({ state, filter, sort, go }) {
  const { list, documents, selected, removing } = state;
  const canWrite = may("documents:write");
  const body = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [view, setView] = useState({ scrollTop: 0, height: 800, rowHeight: 64 });
  const [focused, setFocused] = useState("");
  const lastPlace = useRef(0);
  const ids = list.ids.filter((id) => !removing.has(id) && documents.has(id));
  const { first, last } = windowOf({ ...view, count: ids.length });

  useScrolling(body, setView, ids.length > 0);
  useEffect(() => {
    if (last > ids.length - AHEAD) loadMore();
  }, [last, ids.length, list.cursor]);
  const inView = ids.slice(first, last);
  useEffect(() => watch(VIEW, inView), [inView.join()]);
  useEffect(() => () => watch(VIEW, []), []);
  useRowFocusKept(ids[Math.min(lastPlace.current, ids.length - 1)]);

  if (list.phase === "failed") return h(Failure, { message: list.error, onRetry: refreshList });
  if (list.phase === "loading" && ids.length === 0) return h(Skeleton, { lines: 8 });
  if (ids.length === 0) return h(Nothing, { isFiltered: !isEmpty(filter), canWrite, go });

  // Others may come before the one that has the focus, or it may go.
  const place = ids.indexOf(focused);
  const current = place === -1 ? Math.min(lastPlace.current, ids.length - 1) : place;
  lastPlace.current = current;
  const drawn = new Set(Array.from({ length: last - first }, (_, index) => first + index)).add(current);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => onKey(event, { ids, view, setFocused, canWrite });
  const rows = [...drawn].sort((a, b) => a - b).map((index) => {
    const document = documents.get(ids[index] ?? "");
    if (!document) return null;
    const { id } = document;
    return h(Row, {
      key: id, index, document, top: index * view.rowHeight, isSelected: selected.has(id), isFocusable: index === current, canWrite, onFocus: () => setFocused(id),
    });
  });
  return h(
    "div",
    { class: `grid${canWrite ? "" : " read-only"}`, role: "grid", "aria-label": text("documents.title"), "aria-rowcount": list.cursor === null ? ids.length + 1 : -1, "aria-multiselectable": canWrite, "aria-busy": list.phase === "loading", onKeyDown },
    h(Head, { ids, selected, sort, go, canWrite }),
    h("div", { class: "rows", role: "rowgroup", ref: body, style: { height: `${ids.length * view.rowHeight}px` } }, rows),
    list.isLoadingMore && h("p", { class: "hint" }, text("loading")),
    list.error !== "" && h(Failure, { message: list.error, onRetry: loadMore }),
    list.newer > 0 && h("button", { type: "button", class: "button primary newer", onClick: toNewer }, text("documents.newer", { count: list.newer })),
  );
}

/**
 * Where the row that has the focus goes, the one in its place has it.
 * @param {string | undefined} inItsPlace
 */
function useRowFocusKept(inItsPlace) {
  const last = useRef(/** @type {Element | null} */ (null));
  useLayoutEffect(() => {
    const { activeElement } = document;
    if (activeElement?.getAttribute("role") === "row") last.current = activeElement;
    else if (activeElement !== document.body) last.current = null;
    if (last.current && !last.current.isConnected) {
      last.current = null;
      focusRow(inItsPlace);
    }
  });
}

async function toNewer() {
  await showNewer();
  document.getElementById("main")?.scrollTo(0, 0);
}

/**
 * Follows what of the rows is in view.
 * @param {{ current: HTMLDivElement | null }} body
 * @param {(view: { scrollTop: number, height: number, rowHeight: number }) => void} setView
 * @param {boolean} isShown
 */
function useScrolling(body, setView, isShown) {
  useLayoutEffect(() => {
    const main = document.getElementById("main");
    const rows = body.current;
    if (!main || !rows || !isShown) return undefined;
    let frame = 0;
    const measure = () => {
      frame = 0;
      const rowHeight = Number.parseFloat(getComputedStyle(rows).getPropertyValue("--row-height")) || 64;
      const scrollTop = main.getBoundingClientRect().top - rows.getBoundingClientRect().top;
      // Drawn anew once in some rows, not at each pixel.
      const step = 4 * rowHeight;
      setView({ scrollTop: Math.max(0, Math.floor(scrollTop / step) * step), height: main.clientHeight + step, rowHeight });
      setAtTop(scrollTop < rowHeight);
    };
    const onScroll = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    main.addEventListener("scroll", onScroll, { passive: true });
    const resizing = new ResizeObserver(onScroll);
    resizing.observe(main);
    return () => {
      cancelAnimationFrame(frame);
      main.removeEventListener("scroll", onScroll);
      resizing.disconnect();
    };
  }, [isShown]);
}

/**
 * @param {KeyboardEvent} event
 * @param {{ ids: string[], view: { height: number, rowHeight: number }, setFocused: (id: string) => void, canWrite: boolean }} grid
 */
function onKey(event, { ids, view, setFocused, canWrite }) {
  const row = /** @type {HTMLElement} */ (event.target);
  if (row.getAttribute("role") !== "row" || event.ctrlKey || event.metaKey || event.altKey) return;
  // The row itself says which it is: keys may come faster than rows are drawn.
  const id = row.id.slice(ROW.length);
  const current = ids.indexOf(id);
  const next = rowAfter(event.key, current, ids.length, Math.floor(view.height / view.rowHeight) - 2);
  if (next !== null) {
    const wanted = ids[next];
    if (!focusRow(wanted)) {
      setFocused(wanted ?? "");
      requestAnimationFrame(() => focusRow(wanted));
    }
  } else if (event.key === "Enter") {
    location.hash = hashOf("documents", id);
  } else if (event.key === " " && canWrite) {
    toggle(id);
  } else if (event.key === "Delete" && canWrite) {
    const { selected } = store.state;
    removeDocuments(selected.has(id) ? [...selected] : [id]);
  } else {
    return;
  }
  event.preventDefault();
}

/** @param {string | undefined} id @returns {boolean} whether the row is drawn */
function focusRow(id) {
  const row = document.getElementById(ROW + (id ?? ""));
  row?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
  return row !== null;
}

/** @param {string} id */
export function toggle(id) {
  const selected = new Set(store.state.selected);
  if (!selected.delete(id)) selected.add(id);
  store.set({ selected });
}

/** @param {{ ids: string[], selected: ReadonlySet<string>, sort: string, go: import("./toolbar.js").Go, canWrite: boolean }} properties */
function Head({ ids, selected, sort, go, canWrite }) {
  const areAll = ids.every((id) => selected.has(id));
  const column = (/** @type {string} */ name, /** @type {string} */ field) => {
    const direction = sort === field ? "ascending" : sort === `-${field}` ? "descending" : undefined;
    const other = sort === `-${field}` ? field : `-${field}`;
    return h(
      "div",
      { role: "columnheader", class: name, "aria-sort": direction },
      h("button", { type: "button", class: "sort", onClick: () => go({ sort: other === "-created_at" ? null : other }) }, text(`column.${/** @type {"name"} */ (name)}`), direction && h("span", { "aria-hidden": "true" }, direction === "ascending" ? " ↑" : " ↓")),
    );
  };
  const plain = (/** @type {"state" | "pages" | "chunks" | "language" | "size"} */ name) => h("div", { role: "columnheader", class: name }, text(`column.${name}`));
  const all = h("input", {
    type: "checkbox", checked: areAll, indeterminate: !areAll && selected.size > 0, "aria-label": text("selection.all"),
    onChange: () => store.set({ selected: areAll ? new Set() : new Set(ids) }),
  });
  return h(
    "div",
    { class: "head", role: "rowgroup" },
    h(
      "div",
      { class: "cells", role: "row", "aria-rowindex": 1 },
      canWrite && h("div", { role: "columnheader", class: "select" }, all),
      column("name", "filename"), plain("state"), plain("pages"), plain("chunks"), plain("language"), plain("size"), column("created", "created_at"),
    ),
  );
}
