// @ts-check
// Draws the right column from the server's sections: clocks, reports, rates, facts, keys, who can read.

import { buttons } from "./card.js";
import { axis, bar, bounds } from "./chart.js";
import { byId, el, icon, light, replace } from "./dom.js";
import { away, instant, stamp } from "./time.js";
import { now, outside, world } from "./world.js";

const PILL = 24; // letters of a state word
const REPORT = /^AIV-[0-9A-Z]{5}$/i;

/** @param {string} mark */
function sign(mark) {
  if (mark === "light") return light("next");
  if (mark === "check") return icon("check", "kept");
  if (mark === "late") return icon("warn", "late");
  return el("span.ring", { role: "img", "aria-label": "runs" });
}

const TIME = /\d{1,2}:\d{2}/;

/**
 * The row's words with its instant: one that they name already is not said twice, and its distance is kept fresh.
 * @param {any} row @param {string} words @returns {string}
 */
function due(row, words) {
  const at = instant(row.at);
  if (!at) return words;
  const far = away(at, now());
  if (TIME.test(words)) return words.replace(/\((in [^)]*|[^)]* ago)\)/, `(${far})`);
  const spoken = `${stamp(at)} (${far})`;
  return words ? `${words} ${spoken}` : spoken;
}

/** @param {any} row @param {import("./card.js").Press} press @param {boolean} scale */
function draw(row, press, scale) {
  const acts = buttons(row.buttons, press);
  if (row.k >= 0 && row.n > 0) {
    const base = `${row.k} of ${row.n}`;
    const words = [row.label === base ? "" : row.label, row.text].filter(Boolean).join(", ");
    return el("div.rate", {},
      el("p", {}, el("strong", {}, base), ` ${words}: ${bounds(row.k, row.n)}`),
      bar(row.k, row.n, row.mark === "ring"), scale ? axis() : null, row.detail ? el("p.dim", {}, row.detail) : null, acts);
  }
  const timed = TIME.test(row.text) || !row.detail;
  const text = row.text && timed ? due(row, row.text) : row.text;
  const more = row.text && timed ? row.detail : due(row, row.detail);
  if (REPORT.test(row.label)) {
    const [pill, words] = more && more.length <= PILL ? [more, text] : [text, more];
    return el("div.mine", {},
      el("p.mine-top", {}, el("code", {}, row.label), pill ? el("span.pill", {}, pill) : null),
      words ? el("p.marked", {}, row.mark ? sign(row.mark) : null, el("span", {}, words)) : null, acts);
  }
  if (row.mark === "key") {
    return el("div", {}, row.label ? el("p", {}, row.label) : null, text ? el("p.key", {}, text) : null,
      more ? el("p.dim", {}, more) : null, acts);
  }
  if (row.mark) {
    return el(`div.clock-row.is-${row.mark}`, {}, sign(row.mark), el("p.what", {}, row.label),
      text ? el("p.dim", {}, text) : null, more ? el("p.dim", {}, more) : null, acts);
  }
  if (!row.label || (!text && !more)) return el("div", {}, el("p.dim", {}, row.label || text || more), acts);
  return el(/^\d/.test(row.label) ? "dl.pair.count-first" : "dl.pair", {}, el("dt", {}, row.label),
    el("dd", {}, text, more ? el("span.dim", {}, text ? ` ${more}` : more) : null, acts));
}

/** @param {import("./card.js").Press} press @param {() => void} close */
export function drawSide(press, close) {
  const sections = (world.home?.sections ?? []).map((/** @type {any} */ section) => {
    const rows = section.rows ?? [];
    const first = rows.findIndex((/** @type {any} */ row) => row.k >= 0 && row.n > 0);
    return el("section", {}, el("h2", {}, section.title),
      ...rows.map((/** @type {any} */ row, /** @type {number} */ index) => draw(row, press, index === first)));
  });
  const side = byId("side");
  const focused = side.contains(document.activeElement) ? document.activeElement?.getAttribute("data-act") : null;
  const nothing = world.home && !sections.length ? el("p.dim", {}, "Nothing to show beside this conversation.") : null;
  replace(side, el("button.cross.side-cross", { type: "button", "aria-label": "Close the details", onclick: close }, icon("cross")),
    ...sections, nothing);
  if (focused) /** @type {HTMLElement | null} */ (side.querySelector(`[data-act="${CSS.escape(focused)}"]`))?.focus();
  byId("details").textContent = outside(world.me) ? "My reports" : "Details";
}
