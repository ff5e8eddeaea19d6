// Icons as SVG: lines of 1.75 on a square of 24, in the colour of the text.

import { h } from "../vendor/preact.js";

const PATHS = {
  documents: "M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6",
  uploads: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  failures: "M12 3 2.5 20h19zM12 10v4M12 17.2v.1",
  statistics: "M4 20V10M10 20V4M16 20v-8M21 20H3",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 7m-2 0a2 2 0 1 0 4 0 2 2 0 1 0-4 0M9 17m-2 0a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 20 20",
  filter: "M4 6h16M7 12h10M10 18h4",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  stop: "M7 7h10v10H7z",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  download: "M12 4v12M7 11l5 5 5-5M4 20h16",
  copy: "M9 9h10v11H9zM6 15H5V4h10v2",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  signOut: "M14 4h5v16h-5M10 12H3M6.5 8.5 3 12l3.5 3.5M10 12h5",
  folder: "M3 6h6l2 2h10v11H3z",
  key: "M8 12m-4 0a4 4 0 1 0 8 0 4 4 0 1 0-8 0M12 12h9M18 12v3M21 12v2",
  run: "M7 4.5v15l12-7.5z",
  send: "M3 11.5 21 4l-6 17-4-7zM11 14l4-4",
  people: "M9 11m-3.5 0a3.5 3.5 0 1 0 7 0 3.5 3.5 0 1 0-7 0M2.5 20c.5-3 3-5 6.5-5s6 2 6.5 5M16 8a3 3 0 1 1 1 6M18 15.2c2 .6 3.3 2.3 3.6 4.8",
  log: "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
  gauge: "M4 17a8.5 8.5 0 1 1 16 0M12 15l4-5",
  palette: "M12 4a8 8 0 1 0 0 16c1.5 0 1.5-1.5 1-2.5s0-2.5 1.5-2.5H17a3 3 0 0 0 3-3c0-4.5-3.5-8-8-8M8 10v.1M12 8v.1M16 10v.1",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * A picture beside words that say the same: a screen reader passes over it.
 * @param {{ name: IconName, size?: number }} properties
 */
export function Icon({ name, size = 20 }) {
  const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return h("svg", { width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", class: "icon", ...line }, h("path", { d: PATHS[name] }));
}
