// The texts people see, in each language. A text is found by its name; `{…}` stands for a value.

const CATALOGUE = {
  it: {
    title: "Documenti",
    documentation: "API",
    language: "Lingua",
    key: "Chiave API",
    enter: "Entra",
    leave: "Esci",
    drop: "Trascina qui i documenti, o scegli i file",
    formats: "PDF, DOCX, EPUB, HTML, testo, Markdown",
    empty: "Nessun documento.",
    uploading: "Caricamento in corso...",
    processing: "Elaborazione in corso...",
    queued: "In coda",
    queuedAt: "In coda, posizione {position}",
    pages: "pagina {done} di {total}",
    left: "circa {seconds} s",
    ready: "Documento pronto!",
    summary: "{chunks} blocchi, {pages} pagine, {language}",
    failed: "Elaborazione fallita: {message}",
    lingering: "L'elaborazione potrebbe essere ancora in corso: ricarica la pagina più tardi.",
    unreachable: "Il server non risponde, riprovo...",
    wrongKey: "La chiave non è valida.",
    metadata: "Blocchi",
    index: "Indice",
    source: "Originale",
    cancel: "Annulla",
    retry: "Riprova",
    remove: "Elimina",
    progressOf: "Avanzamento di {name}",
  },
  en: {
    title: "Documents",
    documentation: "API",
    language: "Language",
    key: "API key",
    enter: "Enter",
    leave: "Leave",
    drop: "Drop documents here, or choose files",
    formats: "PDF, DOCX, EPUB, HTML, text, Markdown",
    empty: "No documents.",
    uploading: "Uploading...",
    processing: "Processing...",
    queued: "Queued",
    queuedAt: "Queued, position {position}",
    pages: "page {done} of {total}",
    left: "about {seconds} s",
    ready: "Document ready!",
    summary: "{chunks} chunks, {pages} pages, {language}",
    failed: "Processing failed: {message}",
    lingering: "The work may still be going on: reload the page later.",
    unreachable: "The server does not answer, trying again...",
    wrongKey: "The key is not valid.",
    metadata: "Chunks",
    index: "Index",
    source: "Original",
    cancel: "Cancel",
    retry: "Try again",
    remove: "Delete",
    progressOf: "Progress of {name}",
  },
};

let current = "en";

export function chooseLanguage(wanted) {
  current = wanted in CATALOGUE ? wanted : "en";
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-message]")) {
    element.textContent = text(element.dataset.message);
  }
  document.title = `Socrate AI – ${text("title")}`;
  return current;
}

export function text(name, values = {}) {
  const pattern = CATALOGUE[current][name] ?? CATALOGUE.en[name] ?? name;
  return pattern.replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
}
