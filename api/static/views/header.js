// The head of the page: the brand, the views, whether it is live, and who is signed in.

import { h } from "../vendor/preact.js";
import { Icon } from "../components/icons.js";
import { text } from "../language/catalogue.js";
import { number } from "../language/format.js";
import { hashOf } from "../logic/route.js";
import { may, signOut } from "../state/session.js";
import { attempt } from "../state/toasts.js";
import { ChooseFiles } from "./drop-area.js";

/** @typedef {import("../state/store.js").State} State */

/** @param {{ size: number }} properties */
export function Brand({ size }) {
  const line = { fill: "none", stroke: "currentColor", "stroke-width": 2.5, "stroke-linecap": "round" };
  return h(
    "span",
    { class: "brand" },
    h(
      "svg",
      { width: size, height: size, viewBox: "0 0 32 32", "aria-hidden": "true" },
      h("rect", { x: 1, y: 1, width: 30, height: 30, rx: 8, class: "ground" }),
      h("path", { d: "M21.5 10.5c-1.5-2-9.5-3-10 1s10 3 10 7.5-9 4-11 1", ...line }),
    ),
    h("span", null, "Socrate AI"),
  );
}

/** @param {{ state: State, route: import("../logic/route.js").Route }} properties */
export function Header({ state, route }) {
  const { account, counts, failures, uploads } = state;
  const busy = uploads.filter(({ phase }) => phase === "waiting" || phase === "sending").length;
  const canWrite = may("documents:write");
  /** @typedef {"documents" | "uploads" | "failures"} Counted */
  const badge = (/** @type {Counted} */ view, /** @type {number} */ count = 0) =>
    count > 0 && h("span", { class: "count", "aria-label": text(`nav.${view}.count`, { count }) }, number(count));
  const entry = (/** @type {Counted | "statistics" | "settings"} */ view, /** @type {import("../vendor/preact.js").ComponentChildren} */ count = null) =>
    h(
      "a",
      { href: hashOf(view), title: text(`nav.${view}`), "aria-current": route.view === view ? "page" : undefined, key: view },
      h(Icon, { name: view }),
      h("span", { class: "name" }, text(`nav.${view}`)),
      count,
    );
  return h(
    "header",
    { class: "head" },
    h("a", { href: hashOf("documents"), class: "home" }, h(Brand, { size: 28 })),
    h(
      "nav",
      { "aria-label": text("nav.label") },
      entry("documents", badge("documents", counts?.processing)),
      canWrite && entry("uploads", badge("uploads", busy)),
      entry("failures", badge("failures", failures)),
      entry("statistics"),
      entry("settings"),
    ),
    h(
      "div",
      { class: "side" },
      canWrite && h(ChooseFiles, { kind: "primary" }),
      h(LiveMark, { live: state.live }),
      h("span", { class: "who", title: account?.tenant.name }, account?.user.name),
      h(
        "button",
        { type: "button", class: "button quiet bare", "aria-label": text("signOut"), title: text("signOut"), onClick: () => attempt(signOut) },
        h(Icon, { name: "signOut" }),
      ),
    ),
  );
}

/** @param {{ live: State["live"] }} properties */
function LiveMark({ live }) {
  return h("span", { class: `live ${live.mode}`, title: text(`live.${live.mode}.what`) }, h("span", { class: "dot", "aria-hidden": "true" }), text(`live.${live.mode}`));
}
