// The same, seen from a terminal.

import { h } from "../../vendor/preact.js";
import { Copyable } from "../../components/fields.js";
import { text } from "../../language/catalogue.js";

/** @param {{ document: import("../../logic/document.js").Document }} properties */
export function Commands({ document }) {
  const { id, record } = document;
  const curl = `curl --header "Authorization: Bearer $SOCRATE_API_KEY" ${location.origin}/api/documents/${id}`;
  const resource = record ? `--namespace ${record.task_info.namespace} documentencoding ${record.task_info.resource}` : "";
  return h(
    "div",
    { class: "commands" },
    h("section", { class: "card" }, h("h2", null, "curl"), h("p", { class: "hint" }, text("commands.key")), [curl, `${curl}/status`, `${curl}/chunks`, `${curl}/metadata --output sections_metadata.json`].map((line) => h(Copyable, { value: line, key: line }))),
    record &&
      h(
        "section",
        { class: "card" },
        h("h2", null, "kubectl"),
        h("p", { class: "hint" }, text("commands.kubectl")),
        [`kubectl get ${resource} --output yaml`, `kubectl describe ${resource}`].map((line) => h(Copyable, { value: line, key: line })),
      ),
  );
}
