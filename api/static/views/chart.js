// A chart of days, drawn by uPlot, which is loaded where one is shown; and the same as a table, for who reads rather than looks.

import { h } from "../vendor/preact.js";
import { useEffect, useRef } from "../vendor/preact-hooks.js";
import { language, text } from "../language/catalogue.js";
import { compact, date, number } from "../language/format.js";

/** @typedef {import("../logic/types.js").Day} Day */

const HEIGHT = 180;

/**
 * Days without anything are told of by nobody: they are nought.
 * @param {{ from: string, to: string, days: readonly Day[] }} statistics days as YYYY-MM-DD, the last included
 * @param {"documents" | "tokens"} of
 * @returns {{ day: string, value: number }[]}
 */
export function filled({ from, to, days }, of) {
  const values = new Map(days.map((day) => [day.day, day[of]]));
  const all = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    all.push({ day, value: values.get(day) ?? 0 });
  }
  return all;
}

/** @param {{ statistics: import("../logic/types.js").Statistics, of: "documents" | "tokens", name: string, theme: string }} properties */
export function Chart({ statistics, of, name, theme }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const points = filled(statistics, of);
  const isEmpty = points.every(({ value }) => value === 0);
  const key = JSON.stringify(points);
  useEffect(() => {
    const element = place.current;
    if (!element || isEmpty) return undefined;
    let isShown = true;
    /** @type {() => void} */
    let remove = () => undefined;
    import("../vendor/uplot.js").then(({ default: Plot }) => {
      if (isShown) remove = draw(Plot, element, points, name);
    });
    return () => {
      isShown = false;
      remove();
    };
  }, [key, theme, language()]);
  if (isEmpty) return h("p", { class: "hint" }, text("statistics.noneYet"));
  return h(
    "figure",
    { class: "chart" },
    h("div", { ref: place, "aria-hidden": "true" }),
    h("details", null, h("summary", null, text("statistics.asTable")), h("table", null, h("caption", { class: "unseen" }, name), h("tbody", null, points.map(({ day, value }) => h("tr", { key: day }, h("th", { scope: "row" }, date(`${day}T12:00:00`)), h("td", { class: "number" }, number(value))))))),
  );
}

/**
 * @param {typeof import("../vendor/uplot.js").default} Plot
 * @param {HTMLElement} element
 * @param {{ day: string, value: number }[]} points
 * @param {string} name
 * @returns {() => void} takes it away
 */
function draw(Plot, element, points, name) {
  const axis = { stroke: colourOf(element, "ink-quiet"), grid: { stroke: colourOf(element, "line"), width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(element).fontFamily}` };
  const shortDay = new Intl.DateTimeFormat(language(), { day: "numeric", month: "short" });
  const plot = new Plot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
      axes: [
        { ...axis, values: (_plot, values) => values.map((value) => shortDay.format(new Date(value * 1000))) },
        { ...axis, size: 56, values: (_plot, values) => values.map((value) => (Number.isInteger(value) ? compact(value) : "")) },
      ],
      series: [{}, { label: name, stroke: colourOf(element, "accent"), fill: colourOf(element, "accent-soft"), width: 1.5, paths: Plot.paths.bars?.({ size: [0.7, 48], align: 0 }), points: { show: false } }],
    },
    [points.map(({ day }) => Date.parse(`${day}T12:00:00`) / 1000), points.map(({ value }) => value)],
    element,
  );
  const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  resizing.observe(element);
  return () => {
    resizing.disconnect();
    plot.destroy();
  };
}

/**
 * A colour of the theme, as a canvas understands it: what a token is made of depends on the theme, and only an element knows what it comes to.
 * @param {HTMLElement} element
 * @param {string} token
 * @returns {string}
 */
function colourOf(element, token) {
  const probe = document.createElement("span");
  probe.className = `colour-${token}`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
