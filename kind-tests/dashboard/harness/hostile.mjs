// Fifty names and texts that would be markup, a script, an address, a format or somebody else's name, where one is not taken for mere text. Pure.

import { HOSTILE_NAMES, textFile } from "./documents.mjs";

/** What a script that runs leaves: it is looked for afterwards. */
export const TRACE = "traceOfAScript";
/** The most characters that a file's name may have. */
const LONGEST = 255;

const RUN = `window.${TRACE}=1`;

/** Texts; where they are names, slashes and backslashes become something else, as no file has them in its name. */
const TEXTS = [
  `<script>${RUN}</script>`,
  `<img src=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`,
  `"><script>${RUN}</script>`,
  `' autofocus onfocus='${RUN}`,
  `" onmouseover="${RUN}" x="`,
  `<iframe srcdoc="<script>parent.${TRACE}=1</script>">`,
  `<a href="javascript:${RUN}">click</a>`,
  `<style>*{display:none}</style>`,
  `<base href="//example.com/">`,
  `<meta http-equiv=refresh content="0;url=//example.com/">`,
  `<form action=//example.com><input type=submit>`,
  `<template><script>${RUN}</script></template>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<!--><script>${RUN}</script-->`,
  `<![CDATA[<script>${RUN}</script>]]>`,
  `</title><script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`,
  `javascript:${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`,
  `#{${RUN}}`,
  `<%= ${RUN} %>`,
  `\`;${RUN};//`,
  `';${RUN};//`,
  `__proto__`,
  `constructor`,
  `hasOwnProperty`,
  `{count} {name} {message}`,
  `%s %d %n %x`,
  `'; DROP TABLE documents; --`,
  `$(reboot) \`reboot\` | reboot &`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `&#60;script&#62; &amp;amp; &nbsp;`,
  `?status=failed&search=x#/settings`,
  `#/documents?status=failed`,
  // Written from right to left and back.
  `\u202Egnp.exe`,
  `\u2067right\u2066left\u2069\u2069 \u200F\u200E\u061C`,
  `שלום עולם العربية`,
  // Nothing that is seen, and marks above marks.
  `a\u200B\u200C\u200D\uFEFF\u00AD\u2060b`,
  `Z${"\u0300\u0336\u0489".repeat(24)}algo`,
  `👩‍👩‍👧‍👦🏳️‍🌈👨🏿‍💻🇮🇹${"😀".repeat(20)}`,
  `ﷺ𒐫꧅${"﷽".repeat(10)}`,
  `\u2028line\u2029paragraph`,
  `ＦＵＬＬ\u3000ＷＩＤＴＨ ℌ𝔬𝔰𝔱𝔦𝔩𝔢`,
  `${"nobreak".repeat(33)}`,
  `${"W".repeat(LONGEST)}`,
  `${"w ".repeat(120)}`,
];

/**
 * A name that a file may have, ending like a text's.
 *
 * @param {string} text
 */
function nameOf(text) {
  const characters = [...text.replaceAll(/[/\\]/g, "∕")];
  return `${characters.slice(0, LONGEST - 4).join("").trim()}.txt`;
}

/**
 * Files of such names whose contents are such texts, no two alike.
 *
 * @returns {import("./documents.mjs").TestFile[]}
 */
export const hostileFiles = () => TEXTS.map((text, index) => textFile(nameOf(text), `Number ${index}: ${text}`));

/** Texts for what else people name: keys, webhooks, members. */
export const HOSTILE_TEXTS = [...HOSTILE_NAMES.slice(0, 2), TEXTS[3] ?? "", TEXTS[38] ?? "", "😀".repeat(100), "W".repeat(200)];
