// Encoding a document once more, with other parameters where they are wanted. What it has stays until there is a new result.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Select } from "../../components/controls.js";
import { FormDialog } from "../../components/dialog.js";
import { Field } from "../../components/fields.js";
import { text, textOf } from "../../language/catalogue.js";
import { hasResult } from "../../logic/document.js";
import * as api from "../../network/documents.js";

/** @param {{ document: import("../../logic/document.js").Document, onClose: () => void }} properties */
export function RunAgain({ document, onClose }) {
  const { record } = document;
  const [size, setSize] = useState(String(record?.chunk_size ?? 1200));
  const [overlap, setOverlap] = useState(String(record?.overlap ?? 200));
  const [queue, setQueue] = useState(record?.queue ?? "documents");
  const error = Number(overlap) >= Number(size) ? text("runAgain.overlapTooLarge") : undefined;
  const submit = async () => {
    await api.retry(document.id, { chunk_size: Number(size), overlap: Number(overlap), queue });
    onClose();
  };
  const queues = [...new Set(["documents", "maintenance", queue])].map((each) => /** @type {const} */ ([each, textOf("queue", each)]));
  return h(
    FormDialog,
    { title: text("action.runAgain"), action: text("runAgain.do"), onSubmit: submit, onClose, disabled: error !== undefined },
    h("p", null, text(hasResult(document) ? "runAgain.kept" : "runAgain.what")),
    h(Field, { label: text("parameter.chunkSize"), type: "number", value: size, onInput: setSize, hint: text("parameter.chunkSize.what"), required: true, more: { min: 8, max: 100_000 } }),
    h(Field, { label: text("parameter.overlap"), type: "number", value: overlap, onInput: setOverlap, error, required: true, more: { min: 0 } }),
    h(Select, { label: text("filter.queue"), value: queue, options: queues, onChange: setQueue }),
  );
}
