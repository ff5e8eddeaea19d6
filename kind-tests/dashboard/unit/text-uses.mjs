// Where the dashboard asks for a text, and which.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";

import { REASONS, SORTS, STATUSES } from "../../../api/static/logic/filter.js";
import { VIEWS } from "../../../api/static/logic/route.js";
import { ENGLISH } from "./catalogues.mjs";
import { SCRIPTS, nodes } from "./sources.mjs";

/** @typedef {import("./sources.mjs").Node} Node */
/** @typedef {{ enum?: string[], description?: string, properties?: Record<string, Schema> }} Schema */
/** @typedef {{ file: string, where: string, names: string[], given: string[], isCountText: boolean }} Use the values that a text is given, and whether the one that chooses a plural is a text already */

/** @type {Record<string, Schema>} */
const SCHEMAS = JSON.parse(await readFile(path.join(import.meta.dirname, "../../../api/openapi.json"), "utf8")).components.schemas;

/** @param {string} schema @param {string} [property] @returns {string[]} the values that the API's description has of it */
function described(schema, property) {
  const found = property === undefined ? SCHEMAS[schema] : SCHEMAS[schema]?.properties?.[property];
  // Some are named in its prose alone.
  const values = found?.enum ?? [...(found?.description ?? "").matchAll(/`([a-z_]+)`/g)].map(([, value]) => value ?? "");
  assert.ok(values.length > 0, `nothing is known of ${schema}.${property}`);
  return values;
}

const MODES = ["connecting", "live", "polling", "lost", "paused"];
const ACTIONS = described("BulkActionBody", "action");
/**
 * Names that are made of a value, and the values that have to have a text.
 * Null where nobody but the server knows them: one without a text is shown as it is.
 * @type {Record<string, readonly string[] | null>}
 */
const FAMILIES = {
  "action.*": ACTIONS,
  "audited.*": null,
  "bulk.*": ACTIONS,
  "column.*": ["name", "state", "pages", "chunks", "language", "size", "created"],
  "delivery.*": described("DeliveryStatus"),
  "document.*": ["overview", "chunks", "commands"],
  "done.*": ["cancel", "retry"],
  "event.*": [...described("EventAnswer", "event"), "waiting", "reading", "extracting", "saving"],
  "filter.*": ["from", "to", "min", "max"],
  "live.*": MODES,
  "live.*.what": MODES,
  "method.*": described("AuditEntry", "method"),
  "nav.*": VIEWS,
  "nav.*.count": ["documents", "uploads", "failures"],
  "pageStatus.*": null,
  "queue.*": null,
  "reason.*": REASONS,
  "remedy.*": REASONS,
  "role.*": described("Role"),
  "scope.*": described("Scope"),
  "settings.*": ["account", "keys", "webhooks", "members", "audit", "preferences"],
  "sort.*": SORTS,
  "status.*": STATUSES,
  "theme.*": ["system", "light", "dark"],
  "webhookEvent.*": [...described("EventType"), "all", "webhook.test"],
  "webhooks.disabled.*": described("WebhookAnswer", "disabled_reason"),
};

/** @param {string} family @returns {string[]} */
function members(family) {
  const values = FAMILIES[family];
  assert.notEqual(values, undefined, `say in this test which values ${family} has`);
  const [prefix = "", suffix = ""] = family.split("*");
  if (values) return values.map((value) => `${prefix}${value}${suffix}`);
  return Object.keys(ENGLISH).filter((name) => name.startsWith(prefix) && name.endsWith(suffix));
}

/**
 * @param {Node} node what stands for a name
 * @param {Node[]} parents
 * @returns {string[] | null} the names it may be, null where that cannot be seen
 */
function namesOf(node, parents) {
  if (node.type === "Literal") return [String(node.value)];
  if (node.type === "ConditionalExpression") {
    const both = [node.consequent, node.alternate].map((each) => namesOf(/** @type {Node} */ (each), parents));
    return both.includes(null) ? null : both.flatMap((each) => each ?? []);
  }
  if (node.type === "TemplateLiteral") {
    const family = /** @type {{ value: { cooked: string } }[]} */ (node.quasis).map(({ value }) => value.cooked).join("*");
    const [value] = /** @type {Node[]} */ (node.expressions);
    return value?.type === "ConditionalExpression" ? (namesOf(value, parents) ?? []).map((each) => family.replace("*", each)) : members(family);
  }
  // ["a.b", "a.c"].map((name) => text(name))
  const at = parents.findIndex(({ type, params }) => type === "ArrowFunctionExpression" && /** @type {Node[]} */ (params)[0]?.name === node.name);
  const { object } = /** @type {{ object?: { elements?: Node[] } }} */ (parents[at + 1]?.callee ?? {});
  const elements = at === -1 ? [] : (object?.elements ?? []);
  return elements.length > 0 && elements.every(({ type }) => type === "Literal") ? elements.map(({ value }) => String(value)) : null;
}

/** @returns {Use[]} each place where a text is asked for by its name */
function uses() {
  /** @type {Use[]} */
  const all = [];
  for (const file of SCRIPTS.filter((each) => each !== "language/catalogue.js")) {
    for (const { node, parents } of nodes(file)) {
      const callee = /** @type {Node | undefined} */ (node.callee)?.name;
      if (node.type !== "CallExpression" || (callee !== "text" && callee !== "textOf")) continue;
      const [first, second] = /** @type {Node[]} */ (node.arguments);
      const { line } = /** @type {{ start: { line: number } }} */ (node.loc).start;
      const where = `${file}:${line}`;
      assert.ok(first, where);
      const names = callee === "textOf" ? members(`${first.value}.*`) : namesOf(first, parents);
      assert.ok(names, `${where}: write the name of the text where it is asked for`);
      const properties = /** @type {{ key: { name: string }, value: { callee?: { name?: string } } }[]} */ (second?.properties ?? []);
      const count = properties.find(({ key }) => key.name === "count")?.value;
      all.push({ file, where, names, given: properties.map(({ key }) => key.name), isCountText: count?.callee?.name === "number" });
    }
  }
  return all;
}

export const USES = uses();
