// The chunks of a document: what each shares with its neighbours, where it is from, and its page beside it.

import { h } from "../../vendor/preact.js";
import { useEffect, useState } from "../../vendor/preact-hooks.js";
import { Button, Empty, Failure, Skeleton } from "../../components/controls.js";
import { Field } from "../../components/fields.js";
import { useLoaded } from "../../components/loading.js";
import { text } from "../../language/catalogue.js";
import { number } from "../../language/format.js";
import { hasResult, isUploaded } from "../../logic/document.js";
import { cut } from "../../logic/overlap.js";
import { hashOf } from "../../logic/route.js";
import * as api from "../../network/results.js";
import { attempt, messageOf } from "../../state/toasts.js";
import { Passage } from "../documents/results.js";
import { Page } from "./page.js";

/** @typedef {import("../../logic/types.js").Chunk} Chunk */
/** @typedef {import("../../logic/document.js").Document} Document */

/** @param {{ document: Document, wanted: string | null, page: number | null }} properties `wanted` is the number of a chunk that is looked for, `page` a page, from 1 */
export function Chunks({ document, wanted, page }) {
  const { chunks, cursor, total, error, more, retry } = useChunks(document, wanted);
  const [chosen, setChosen] = useState(wanted === null ? null : Number(wanted));
  useEffect(() => {
    if (wanted === null) return;
    setChosen(Number(wanted));
    globalThis.document.getElementById(`chunk-${wanted}`)?.scrollIntoView({ block: "start" });
  }, [wanted, chunks.length > Number(wanted ?? 0)]);
  if (!hasResult(document)) return h(Empty, { icon: "documents", title: text("chunks.none") }, h("p", null, text("chunks.none.what")));
  if (error) return h(Failure, { message: messageOf(error), onRetry: retry });
  if (total === null) return h(Skeleton, { lines: 6 });
  const current = chunks.find(({ metadata }) => metadata.index === (chosen ?? 0));
  const isPdf = isUploadedPdf(document);
  return h(
    "div",
    { class: `inspector${isPdf ? " with-page" : ""}` },
    h(
      "div",
      { class: "chunks" },
      h(SearchInside, { document }),
      h("p", { class: "matching" }, text("chunks.count", { count: total, shown: number(total) })),
      h("ol", null, chunks.map((chunk, index) => h(ChunkCard, { chunk, before: chunks[index - 1], after: chunks[index + 1], isChosen: chunk === current, onChoose: () => setChosen(chunk.metadata.index), key: chunk.id }))),
      cursor && h(Button, { onClick: () => attempt(more) }, text("more")),
    ),
    isPdf && current && h(Page, { document, chunk: current, wanted: chosen === null ? page : null }),
  );
}

/** @param {Document} document @returns {boolean} whether its pages can be shown */
const isUploadedPdf = (document) => document.record?.content_type === "application/pdf" && isUploaded(document);

/**
 * Chunks from the first on, until the one that is wanted is among them.
 * @param {Document} document
 * @param {string | null} wanted
 */
function useChunks(document, wanted) {
  const [read, setRead] = useState({ chunks: /** @type {Chunk[]} */ ([]), cursor: /** @type {string | null} */ (null), total: /** @type {number | null} */ (null) });
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const isShown = hasResult(document);
  const until = wanted === null ? 0 : Number(wanted);
  const next = async (/** @type {typeof read} */ known) => {
    const page = await api.chunks(document.id, known.cursor);
    return { chunks: [...known.chunks, ...page.chunks], cursor: page.next_cursor, total: page.total_chunks };
  };
  const readUntil = async () => {
    try {
      let known = read;
      while (known.total === null || (known.chunks.length <= until && known.cursor !== null)) known = await next(known);
      setRead(known);
      setError(null);
    } catch (failure) {
      setError(failure);
    }
  };
  useEffect(() => {
    if (isShown) readUntil();
  }, [document.id, isShown, until]);
  return { ...read, error, more: async () => setRead(await next(read)), retry: readUntil };
}

/** @param {{ chunk: Chunk, before: Chunk | undefined, after: Chunk | undefined, isChosen: boolean, onChoose: () => void }} properties */
function ChunkCard({ chunk, before, after, isChosen, onChoose }) {
  const { metadata, token_count: tokens, page_start: first, page_end: last } = chunk;
  const { shared, own, sharedAfter } = cut(chunk, before, after);
  const pages = first === last ? text("page", { page: first }) : text("pages.range", { first, last });
  return h(
    "li",
    { id: `chunk-${metadata.index}`, class: `card chunk${isChosen ? " chosen" : ""}` },
    h(
      "header",
      null,
      h("h2", null, text("chunk", { number: metadata.index + 1 })),
      h("span", { class: "hint" }, [metadata.title, pages, text("chunks.tokens", { count: tokens })].filter(Boolean).join(" · ")),
      h(Button, { kind: "quiet", pressed: isChosen, onClick: onChoose }, text("chunks.showPage")),
    ),
    h(
      "p",
      { class: "text" },
      shared && h("span", { class: "shared", title: text("chunks.sharedBefore") }, h("span", { class: "unseen" }, text("chunks.sharedBefore")), shared),
      own,
      sharedAfter && h("span", { class: "shared", title: text("chunks.sharedAfter") }, h("span", { class: "unseen" }, text("chunks.sharedAfter")), sharedAfter),
    ),
  );
}

/** @param {{ document: Document }} properties */
function SearchInside({ document }) {
  const [value, setValue] = useState("");
  const [question, setQuestion] = useState("");
  const { value: found, error } = useLoaded((signal) => (question === "" ? Promise.resolve(null) : api.search(question, { document: document.id, signal })), [document.id, question]);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setQuestion(value.trim());
  };
  return h(
    "form",
    { class: "search-inside", role: "search", onSubmit: submit },
    h(Field, { label: text("search.inside"), type: "search", value, onInput: (next) => { setValue(next); if (next === "") setQuestion(""); } }),
    h(Button, { type: "submit", icon: "search", label: text("search.do") }),
    error ? h(Failure, { message: messageOf(error) }) : null,
    found && found.results.length === 0 && h("p", { role: "status" }, text("search.nothing", { question })),
    found && h("ol", { class: "found" }, found.results.map((result) => h("li", { key: result.chunk_index }, h("a", { href: hashOf("documents", document.id, { tab: "chunks", chunk: String(result.chunk_index) }) }, text("chunk", { number: result.chunk_index + 1 })), result.highlights.map((passage, index) => h(Passage, { passage, key: index }))))),
  );
}
