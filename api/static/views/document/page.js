// A page of a PDF, drawn by pdf.js, which is loaded where a page is shown and nowhere else.

import { h } from "../../vendor/preact.js";
import { useEffect, useRef, useState } from "../../vendor/preact-hooks.js";
import { Button, Failure } from "../../components/controls.js";
import { text } from "../../language/catalogue.js";
import { openPdf } from "../../network/pdf.js";

/** @param {{ document: import("../../logic/document.js").Document, chunk: import("../../logic/types.js").Chunk, wanted: number | null }} properties the chunk whose first page is shown, unless another page is wanted */
export function Page({ document, chunk, wanted }) {
  const { id, record } = document;
  const number = wanted ?? chunk.page_start;
  const last = record?.total_pages ?? chunk.page_end;
  const sha256 = record?.sha256 ?? "";
  const [shown, setShown] = useState(number);
  const [error, setError] = useState("");
  const [tries, setTries] = useState(0);
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [typed, setTyped] = useState(String(number));
  useEffect(() => setShown(number), [number, chunk.id]);
  useEffect(() => setTyped(String(shown)), [shown]);
  useEffect(() => {
    const drawing = new AbortController();
    const draw = async () => {
      const pdf = await openPdf(id, sha256);
      if (!drawing.signal.aborted && canvas.current) await pdf.draw(shown, canvas.current, drawing.signal);
    };
    draw().then(
      () => setError(""),
      (failure) => !drawing.signal.aborted && setError(failure instanceof Error ? failure.message : String(failure)),
    );
    return () => drawing.abort();
  }, [id, sha256, shown, tries]);
  const type = (/** @type {InputEvent} */ event) => setTyped(/** @type {HTMLInputElement} */ (event.currentTarget).value);
  const goTo = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setShown(Number(typed));
  };
  return h(
    "aside",
    { class: "source-page", "aria-label": text("page", { page: shown }) },
    h(
      "div",
      { class: "row" },
      h(Button, { icon: "left", kind: "quiet", label: text("page.previous"), disabled: shown <= 1, onClick: () => setShown(shown - 1) }),
      h("form", { class: "go-to", onSubmit: goTo }, h("input", { type: "number", min: 1, max: last, required: true, value: typed, onInput: type, "aria-label": text("page.number") })),
      h("span", { role: "status" }, text("page.of", { page: shown, total: last })),
      h(Button, { icon: "right", kind: "quiet", label: text("page.next"), disabled: shown >= last, onClick: () => setShown(shown + 1) }),
    ),
    error !== "" && h(Failure, { message: text("page.failed", { message: error }), onRetry: () => setTries(tries + 1) }),
    h("canvas", { ref: canvas, role: "img", "aria-label": text("page", { page: shown }) }),
  );
}
