// Who is signed in, and what is used of the quotas.

import { h } from "../../vendor/preact.js";
import { useEffect } from "../../vendor/preact-hooks.js";
import { Badge } from "../../components/controls.js";
import { text, textOf } from "../../language/catalogue.js";
import { bytes, number } from "../../language/format.js";
import { refreshAccount } from "../../state/session.js";
import { attempt } from "../../state/toasts.js";

/** @param {{ state: import("../../state/store.js").State }} properties */
export function AccountSection({ state }) {
  useEffect(() => {
    attempt(refreshAccount);
  }, []);
  const { account, hasCookie } = state;
  if (!account) return null;
  const { user, tenant, quotas, usage, scopes } = account;
  return [
    h(
      "section",
      { class: "card", key: "who" },
      h("dl", { class: "facts" }, [
        [text("account.user"), user.name],
        [text("account.role"), textOf("role", user.role)],
        [text("account.tenant"), tenant.name],
        [text("account.scopes"), scopes.map((scope) => textOf("scope", scope)).join(", ")],
      ].map(([name, value]) => h("div", { key: name }, h("dt", null, name), h("dd", null, h("bdi", null, value))))),
      !hasCookie && h("p", { class: "hint" }, text("account.noCookie")),
    ),
    h(
      "section",
      { class: "card", key: "quotas" },
      h("h3", null, text("account.quotas")),
      h(Usage, { name: text("account.bytes"), used: usage.bytes, most: quotas.max_bytes, written: bytes }),
      h(Usage, { name: text("account.documents"), used: usage.documents, most: quotas.max_documents, written: number }),
      h(Usage, { name: text("account.inFlight"), used: usage.in_flight, most: quotas.max_in_flight, written: number }),
      quotas.max_file_bytes !== null && h("p", { class: "hint" }, text("account.maxFile", { size: bytes(quotas.max_file_bytes) })),
    ),
  ];
}

/** @param {{ name: string, used: number, most: number | null, written: (value: number) => string }} properties */
function Usage({ name, used, most, written }) {
  const share = most === null || most === 0 ? null : Math.min(1, used / most);
  return h(
    "div",
    { class: "usage" },
    h("span", null, name),
    h("span", null, most === null ? text("account.unlimited", { used: written(used) }) : text("account.of", { used: written(used), most: written(most) })),
    share !== null && h("meter", { min: 0, max: 1, low: 0.75, high: 0.9, optimum: 0, value: share, "aria-label": name }),
    share !== null && share > 0.9 && h(Badge, { status: "failed", label: text("account.nearlyFull") }),
  );
}
