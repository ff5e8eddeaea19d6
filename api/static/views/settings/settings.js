// What belongs to a person or a tenant, each in a section of its own.

import { h } from "../../vendor/preact.js";
import { useEffect, useRef } from "../../vendor/preact-hooks.js";
import { Icon } from "../../components/icons.js";
import { text } from "../../language/catalogue.js";
import { hashOf } from "../../logic/route.js";
import { may } from "../../state/session.js";
import { AccountSection } from "./account.js";
import { AuditSection } from "./audit.js";
import { KeysSection } from "./keys.js";
import { MembersSection } from "./members.js";
import { PreferencesSection } from "./preferences.js";
import { WebhooksSection } from "./webhooks.js";

/** @typedef {"account" | "keys" | "webhooks" | "members" | "audit" | "preferences"} Section */

const ICONS = /** @type {const} */ ({ account: "gauge", keys: "key", webhooks: "send", members: "people", audit: "log", preferences: "palette" });
/** What only administrators see. */
const OF_ADMINISTRATORS = ["webhooks", "members", "audit"];

/** @param {{ state: import("../../state/store.js").State, section: string | null }} properties */
export function SettingsView({ state, section }) {
  const all = /** @type {Section[]} */ (Object.keys(ICONS)).filter((name) => !OF_ADMINISTRATORS.includes(name) || may("admin"));
  const current = all.find((name) => name === section) ?? "account";
  const sections = useRef(/** @type {HTMLElement | null} */ (null));
  // On a telephone not all find room.
  useEffect(() => sections.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [current]);
  return h(
    "div",
    { class: "settings" },
    h("h1", null, text("nav.settings")),
    h(
      "nav",
      { class: "sections", ref: sections, "aria-label": text("settings.sections") },
      all.map((name) => h("a", { href: hashOf("settings", name), "aria-current": name === current ? "page" : undefined, key: name }, h(Icon, { name: ICONS[name] }), text(`settings.${name}`))),
    ),
    h("div", { class: "section" }, h("h2", null, text(`settings.${current}`)), sectionOf(current, state)),
  );
}

/** @param {Section} name @param {import("../../state/store.js").State} state */
function sectionOf(name, state) {
  switch (name) {
    case "keys": return h(KeysSection, { account: /** @type {import("../../logic/types.js").Account} */ (state.account) });
    case "webhooks": return h(WebhooksSection, {});
    case "members": return h(MembersSection, {});
    case "audit": return h(AuditSection, {});
    case "preferences": return h(PreferencesSection, { state });
    default: return h(AccountSection, { state });
  }
}
