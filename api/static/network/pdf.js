// Pages of PDFs as pictures. pdf.js and its worker are served from here, and read of a source what a page needs.

import { credentials } from "./client.js";

/** @typedef {{ draw: (number: number, canvas: HTMLCanvasElement, signal: AbortSignal) => Promise<void>, close: () => Promise<void> }} Pdf */

/** Pixels that a page is wide at most, whatever the screen. */
const WIDEST = 2000;
const WORKER = "/static/vendor/pdf/pdf.worker.js";

/** @type {{ key: string, pdf: Promise<Pdf> } | null} the one that was shown last */
let open = null;

/**
 * @param {string} id
 * @param {string} sha256 of the source: another one is another document
 * @returns {Promise<Pdf>}
 */
export function openPdf(id, sha256) {
  const key = `${id}/${sha256}`;
  if (open?.key !== key) {
    open?.pdf.then(({ close }) => close()).catch(() => undefined);
    open = { key, pdf: load(id) };
    // What failed is tried again the next time.
    open.pdf.catch(() => {
      if (open?.key === key) open = null;
    });
  }
  return open.pdf;
}

/** @type {Promise<typeof import("../vendor/pdf/pdf.js")> | null} */
let library = null;

function pdfjs() {
  library ??= import("../vendor/pdf/pdf.js").then(
    (loaded) => {
      loaded.GlobalWorkerOptions.workerPort = new Worker(trusted(WORKER), { type: "module" });
      return loaded;
    },
    (error) => {
      library = null;
      throw error;
    },
  );
  return library;
}

/**
 * The address of a script for a worker, which Trusted Types let pages make of nothing but what a policy has passed.
 * @param {string} address
 * @returns {string}
 */
function trusted(address) {
  const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy: (name: string, rules: object) => { createScriptURL: (value: string) => string } } }} */ (
    /** @type {unknown} */ (globalThis)
  );
  if (!trustedTypes) return address;
  const policy = trustedTypes.createPolicy("dashboard", {
    createScriptURL: (/** @type {string} */ value) => {
      if (value !== WORKER) throw new TypeError(`${value} is no script of the dashboard`);
      return value;
    },
  });
  return policy.createScriptURL(address);
}

/** @param {string} id @returns {Promise<Pdf>} */
async function load(id) {
  const { getDocument } = await pdfjs();
  const task = getDocument({
    url: `/api/documents/${id}/source`,
    httpHeaders: credentials(),
    cMapUrl: "/static/vendor/pdf/cmaps/",
    wasmUrl: "/static/vendor/pdf/decoders/",
    standardFontDataUrl: "/static/vendor/pdf/standard_fonts/",
    enableXfa: false,
    useWasm: false,
    disableAutoFetch: true,
    disableStream: true,
  });
  const pdf = await task.promise;
  return {
    close: () => task.destroy(),
    async draw(number, canvas, signal) {
      const page = await pdf.getPage(number);
      if (signal.aborted) return;
      const wanted = (canvas.parentElement?.clientWidth ?? 600) * Math.min(2, devicePixelRatio);
      const natural = page.getViewport({ scale: 1 });
      const viewport = page.getViewport({ scale: Math.min(WIDEST, wanted) / natural.width });
      canvas.width = viewport.width;
      canvas.height = viewport.height;
      const drawing = page.render({ canvas, viewport });
      signal.addEventListener("abort", () => drawing.cancel(), { once: true });
      await drawing.promise;
    },
  };
}
