// All pictures on one page. Pure.

/**
 * @typedef {object} Shot
 * @property {string} view
 * @property {string} theme
 * @property {number} width
 * @property {string} language
 * @property {string} file its name beside the sheet
 * @property {string} [failure] why there is no picture
 */

const STYLE = `
body { background: #888; font: 14px/1.4 sans-serif; margin: 1rem; }
section { align-items: start; display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 3rem; }
figure { background: #fff; margin: 0; padding: .5rem; }
img { display: block; max-width: 320px; }
.failed { background: #fcc; max-width: 320px; white-space: pre-wrap; }
`;

/**
 * The file of a picture.
 *
 * @param {Omit<Shot, "file">} shot
 */
export const fileOf = ({ view, theme, width, language }) => `${view}_${theme}_${width}_${language}.png`;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * The sheet as HTML: a section for each view.
 *
 * @param {Shot[]} shots
 */
export function contactSheet(shots) {
  const views = [...new Set(shots.map((shot) => shot.view))];
  const sections = views.map((view) => {
    const figures = shots.filter((shot) => shot.view === view).map(figure);
    return `<h2 id="${escaped(view)}">${escaped(view)}</h2>\n<section>\n${figures.join("\n")}\n</section>`;
  });
  const links = views.map((view) => `<a href="#${escaped(view)}">${escaped(view)}</a>`);
  const head = `<meta charset="utf-8">\n<title>The dashboard, ${shots.length} pictures</title>\n<style>${STYLE}</style>`;
  return `<!doctype html>\n<html lang="en">\n${head}\n<nav>${links.join(" · ")}</nav>\n${sections.join("\n")}\n`;
}

/** @param {Shot} shot */
function figure({ theme, width, language, file, failure }) {
  const caption = `<figcaption>${theme}, ${width}, ${language}</figcaption>`;
  if (failure) return `<figure class="failed">${caption}${escaped(failure)}</figure>`;
  return `<figure>${caption}<a href="${escaped(file)}"><img loading="lazy" src="${escaped(file)}" alt="${theme}, ${width}, ${language}"></a></figure>`;
}
