// The page around the views: who is not signed in is asked to; everybody else gets navigation, the view, and what is said in passing.

import { h } from "../vendor/preact.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/preact-hooks.js";
import { useRoute, useStore } from "../components/hooks.js";
import { lazy } from "../components/lazy.js";
import { loadTexts, text } from "../language/catalogue.js";
import { DocumentsView } from "./documents/documents.js";
import { may } from "../state/session.js";
import { DropArea } from "./drop-area.js";
import { Header } from "./header.js";
import { Notices } from "./notices.js";

const DocumentView = lazy(async () => {
  const [view] = await Promise.all([import("./document/document.js"), loadTexts("document", "remedies")]);
  return view.DocumentView;
});
const FailuresView = lazy(async () => {
  const [view] = await Promise.all([import("./failures.js"), loadTexts("remedies")]);
  return view.FailuresView;
});
const SettingsView = lazy(async () => {
  const [view] = await Promise.all([import("./settings/settings.js"), loadTexts("settings")]);
  return view.SettingsView;
});
const SignIn = lazy(async () => (await import("./sign-in.js")).SignIn);
const StatisticsView = lazy(async () => (await import("./statistics.js")).StatisticsView);
const UploadsView = lazy(async () => (await import("./uploads.js")).UploadsView);

/** @param {{ problem: string }} properties why nobody is signed in, where that is no matter of the key */
export function App({ problem }) {
  const state = useStore();
  const route = useRoute();
  useFocusKept();
  if (state.session !== "in" || !state.account) return h(SignIn, { problem });
  const name = route.id === null ? route.view : `${route.view}/${route.id}`;
  const shown = route.view === "documents" && route.id !== null ? state.documents.get(route.id)?.name : undefined;
  return h(
    DropArea,
    null,
    h("a", { class: "skip", href: "#main", onClick: skip }, text("skip")),
    h(Header, { state, route }),
    h(Main, { name, title: shown ?? text(`nav.${/** @type {"documents"} */ (route.view)}`), key: "main" }, viewOf(state, route)),
    h(Notices, { state }),
  );
}

/** @param {MouseEvent} event the address is the view's: it stays */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/**
 * @param {import("../state/store.js").State} state
 * @param {import("../logic/route.js").Route} route
 */
function viewOf(state, route) {
  // Who only reads uploads nothing.
  const view = route.view === "uploads" && !may("documents:write") ? "documents" : route.view;
  switch (view) {
    case "uploads": return h(UploadsView, { state });
    case "failures": return h(FailuresView, { state });
    case "statistics": return h(StatisticsView, { state });
    case "settings": return h(SettingsView, { state, section: route.id });
    default:
      return route.id === null
        ? h(DocumentsView, { state, parameters: route.parameters })
        : h(DocumentView, { state, id: route.id, parameters: route.parameters, key: route.id });
  }
}

/**
 * Another view begins at its top, and with the focus there; the browser's title is its.
 * @param {{ name: string, title: string, children?: import("../vendor/preact.js").ComponentChildren }} properties
 */
function Main({ name, title, children }) {
  const main = useRef(/** @type {HTMLElement | null} */ (null));
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} – Socrate AI`;
  }, [title]);
  useEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    main.current?.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [name]);
  return h("main", { id: "main", tabIndex: -1, ref: main }, children);
}

/** What has the focus may be taken away by what it does: then the focus stays in the view, and who uses a keyboard does not begin anew. */
function useFocusKept() {
  const last = useRef(/** @type {Element | null} */ (null));
  useEffect(() => {
    const listener = () => {
      last.current = document.activeElement;
    };
    addEventListener("focusin", listener);
    return () => removeEventListener("focusin", listener);
  }, []);
  // Before anything is painted, so that nobody is ever nowhere.
  useLayoutEffect(() => {
    const isLost = document.activeElement === document.body && last.current !== null && !last.current.isConnected;
    if (isLost) document.getElementById("main")?.focus({ preventScroll: true });
  });
}
