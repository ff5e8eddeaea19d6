// What was found in the texts of documents, the best first, with the passages that show why.

import { h } from "../../vendor/preact.js";
import { useState } from "../../vendor/preact-hooks.js";
import { Button, Empty, Failure, Skeleton } from "../../components/controls.js";
import { useLoaded } from "../../components/loading.js";
import { text } from "../../language/catalogue.js";
import { languageName, number } from "../../language/format.js";
import { hashOf } from "../../logic/route.js";
import * as api from "../../network/results.js";
import { attempt, messageOf } from "../../state/toasts.js";

/** @typedef {import("../../logic/types.js").SearchResult} SearchResult */

/** @param {{ question: string, language: string | null }} properties */
export function Results({ question, language }) {
  const first = useLoaded((signal) => api.search(question, { language: language ?? undefined, signal, limit: 20 }), [question, language]);
  const [more, setMore] = useState({ of: "", results: /** @type {SearchResult[]} */ ([]), cursor: /** @type {string | null} */ (null) });
  if (first.error) return h(Failure, { message: messageOf(first.error), onRetry: first.reload });
  if (!first.value) return h(Skeleton, { lines: 5 });
  const key = `${question}\0${language}`;
  const later = more.of === key ? more : { of: key, results: [], cursor: first.value.next_cursor };
  const results = [...first.value.results, ...later.results];
  if (results.length === 0) return h(Empty, { icon: "search", title: text("search.nothing", { question }) }, h("p", null, text("search.nothing.what")));
  const next = () =>
    attempt(async () => {
      const page = await api.search(question, { language: language ?? undefined, cursor: later.cursor, limit: 20 });
      setMore({ of: key, results: [...later.results, ...page.results], cursor: page.next_cursor });
    });
  return h(
    "div",
    { class: "results", "aria-busy": first.isLoading },
    h("p", { class: "matching", role: "status" }, text(first.value.truncated ? "search.best" : "search.found", { count: results.length, shown: number(results.length) })),
    h("ol", null, results.map((result) => h(Result, { result, key: `${result.document_id}/${result.chunk_index}` }))),
    later.cursor && h(Button, { onClick: next }, text("more")),
  );
}

/** @param {{ result: SearchResult }} properties */
function Result({ result }) {
  const { document_id: id, filename, chunk_index: index, page, title, language, highlights } = result;
  const where = [title, page !== null && text("page", { page }), text("chunk", { number: index + 1 }), languageName(language)].filter(Boolean).join(" · ");
  return h(
    "li",
    { class: "card" },
    h("h2", null, h("a", { href: hashOf("documents", id, { chunk: String(index) }) }, h("bdi", null, filename))),
    h("p", { class: "hint" }, where),
    highlights.map((passage, place) => h(Passage, { passage, key: place })),
  );
}

/** @param {{ passage: import("../../logic/types.js").Piece[] }} properties */
export function Passage({ passage }) {
  return h("p", { class: "passage" }, passage.map((piece, index) => (piece.match ? h("mark", { key: index }, piece.text) : piece.text)));
}
