// The libraries that the dashboard comes with, and which of their files.

import { replaceOnce } from "./vendor-files.mjs";

/** @import { Change } from "./vendor-files.mjs" */

/**
 * @typedef {object} Copy A file, or a folder whose files end alike.
 * @property {string} from where it is in the package
 * @property {string} to where it goes, below `api/static/vendor`
 * @property {string} [ending] of a folder only files whose names end so
 * @property {Change} [change]
 *
 * @typedef {object} Library
 * @property {string} package its name
 * @property {string} why why it is there, in one sentence
 * @property {string[]} [notes] licences of parts that are not the package's own
 * @property {Copy[]} files
 * @property {Record<string, string>} types files that say to the type checker what the copies export
 */

/** Where pdf.js would ask for a font if a system had none that is like it. */
const LIBERATION = ["Regular", "Bold", "Italic", "BoldItalic"].map((style) => `path:"LiberationSans-${style}.ttf",`);

/** @type {Library[]} */
export const LIBRARIES = [
  {
    package: "preact",
    why: "It renders the views: what a person or the server sends becomes text, never markup.",
    files: [
      { from: "dist/preact.mjs", to: "preact.js" },
      {
        from: "hooks/dist/hooks.mjs",
        to: "preact-hooks.js",
        // A browser resolves no bare name.
        change: { what: "it imports preact by its path", apply: (text) => replaceOnce(text, 'from"preact"', 'from"./preact.js"') },
      },
      { from: "LICENSE", to: "licences/preact.txt" },
    ],
    types: { "preact.d.ts": "preact", "preact-hooks.d.ts": "preact/hooks" },
  },
  {
    package: "uplot",
    why: "It draws the charts of the statistics.",
    files: [
      {
        from: "dist/uPlot.iife.min.js",
        to: "uplot.js",
        // The package's own ES module is not minified: three times as long.
        change: { what: "it is an ES module", apply: (text) => `${replaceOnce(text, "var uPlot=", "const uPlot=")}\nexport default uPlot;\n` },
      },
      { from: "dist/uPlot.min.css", to: "uplot.css" },
      { from: "LICENSE", to: "licences/uplot.txt" },
    ],
    types: { "uplot.d.ts": "uplot" },
  },
  {
    package: "pdfjs-dist",
    why: "It draws a page of a PDF, and is loaded only where one is shown.",
    notes: [
      "`pdf/cmaps` is Adobe's (BSD-3-Clause): the encodings of Chinese, Japanese and Korean texts whose documents only name them.",
      "`pdf/standard_fonts` is PDFium's (BSD-3-Clause): the two fonts that browsers do not have. In place of the others a browser's own are used.",
      "`pdf/decoders` is PDFium's and OpenJPEG's (BSD-3-Clause, BSD-2-Clause): images of scanned pages, by JavaScript, as the policy of the dashboard's " +
        "pages permits no WebAssembly.",
    ],
    files: [
      { from: "build/pdf.min.mjs", to: "pdf/pdf.js" },
      {
        from: "build/pdf.worker.min.mjs",
        to: "pdf/pdf.worker.js",
        // They are licensed under the GPL, and do not come along.
        change: { what: "it asks for no Liberation fonts", apply: (text) => LIBERATION.reduce((changed, path) => replaceOnce(changed, path, ""), text) },
      },
      { from: "wasm/jbig2_nowasm_fallback.js", to: "pdf/decoders/jbig2_nowasm_fallback.js" },
      { from: "wasm/openjpeg_nowasm_fallback.js", to: "pdf/decoders/openjpeg_nowasm_fallback.js" },
      { from: "cmaps", to: "pdf/cmaps", ending: ".bcmap" },
      { from: "standard_fonts/FoxitDingbats.pfb", to: "pdf/standard_fonts/FoxitDingbats.pfb" },
      { from: "standard_fonts/FoxitSymbol.pfb", to: "pdf/standard_fonts/FoxitSymbol.pfb" },
      { from: "LICENSE", to: "licences/pdfjs-dist.txt" },
      { from: "cmaps/LICENSE", to: "licences/pdfjs-dist-cmaps.txt" },
      { from: "standard_fonts/LICENSE_FOXIT", to: "licences/pdfjs-dist-standard_fonts.txt" },
      { from: "wasm/LICENSE_JBIG2", to: "licences/pdfjs-dist-jbig2.txt" },
      { from: "wasm/LICENSE_PDFJS_JBIG2", to: "licences/pdfjs-dist-jbig2-build.txt" },
      { from: "wasm/LICENSE_OPENJPEG", to: "licences/pdfjs-dist-openjpeg.txt" },
      { from: "wasm/LICENSE_PDFJS_OPENJPEG", to: "licences/pdfjs-dist-openjpeg-build.txt" },
    ],
    types: { "pdf/pdf.d.ts": "pdfjs-dist" },
  },
];
