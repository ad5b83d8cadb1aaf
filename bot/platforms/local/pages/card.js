// @ts-check
// Draws a card in its fixed order, and the row of buttons that cards, messages and answers share.

import { fileAddress } from "./api.js";
import { level } from "./chart.js";
import { el, light } from "./dom.js";
import { inline } from "./words.js";
import { world } from "./world.js";

const MOST = 4; // actions that stand open; more are one press away

/** @typedef {import("./world.js").Act} Act */
/** @typedef {(act: Act, from: HTMLElement) => void} Press */

/** @param {Act} act @param {Press} press */
function one(act, press) {
  const look = ["primary", "secondary", "quiet", "danger"].includes(act.look ?? "") ? act.look : "secondary";
  const made = el(`button.${look}`, { type: "button", "data-act": act.id }, act.label);
  made.addEventListener("click", () => press(act, made));
  return made;
}

/** @param {Act[] | null | undefined} acts @param {Press} press @returns {HTMLElement | null} */
export function buttons(acts, press) {
  if (!acts?.length) return null;
  const open = acts.slice(0, MOST).map((act) => one(act, press));
  const rest = acts.slice(MOST).map((act) => one(act, press));
  const more = rest.length ? el("details.more", {}, el("summary", {}, "More"), el("div.buttons", {}, ...rest)) : null;
  return el("div.buttons", {}, ...open, more);
}

/** Several lines as rows, each with its own marks. @param {any[]} spans */
function rows(spans) {
  /** @type {any[][]} */
  const found = [[]];
  for (const [text, ...rest] of spans) {
    text.split("\n").forEach((/** @type {string} */ part, /** @type {number} */ index) => {
      if (index) found.push([]);
      if (part) found[found.length - 1].push([part, ...rest]);
    });
  }
  return found.filter((one) => one.length).map((one) => el("p.answer-row", {}, inline(one, "")));
}

/**
 * @param {any} card @param {Press} press
 * @param {{picture?: string | null, alt?: string}} [with_]
 */
export function drawCard(card, press, with_ = {}) {
  const rich = card.rich ?? {};
  const top = el("div.card-top");
  if (card.report) top.append(el("code.report", {}, card.report));
  if (card.level) top.append(level(card.level, card.score));
  else if (card.score) top.append(el("span.level", {}, card.score));
  if (card.aside) top.append(el("span.dim", {}, card.aside));
  if (card.state) top.append(el("span.pill", {}, card.state));

  const lines = (card.lines ?? []).map((/** @type {string} */ line, /** @type {number} */ index) => {
    const spans = rich.lines?.[index];
    const code = spans?.length === 1 && spans[0][1] === "code";
    return el(code ? "p.code-line" : "p.line", {}, inline(spans, line));
  });
  const lead = card.next && lines.length ? lines.splice(0, 1) : [];
  lead[0]?.classList.add("lead");
  const next = card.next
    ? el("div.next", {}, light(), el("p.must", {}, inline(rich.next, card.next)),
        card.next_by ? el("p.by", {}, inline(rich.next_by, card.next_by)) : null)
    : null;

  const facts = el("dl.facts");
  (card.fields ?? []).forEach((/** @type {any} */ field, /** @type {number} */ index) => {
    const spans = rich.fields?.[index];
    const code = spans?.length === 1 && spans[0][1] === "code";
    if (field.text.includes("\n")) {
      facts.append(el("dt.wide", {}, field.label), el("dd.wide", {}, ...rows(spans ?? [[field.text]])));
      return;
    }
    facts.append(el("dt", {}, field.label), el(code ? "dd.code-line" : "dd", {}, inline(spans, field.text)));
  });

  const file = with_.picture ?? card.image?.file ?? null;
  return el(
    "article.card",
    { "aria-label": [card.report, card.title].filter(Boolean).join(", "), tabindex: "-1" },
    top.childNodes.length ? top : null,
    card.title ? el("h2", {}, inline(rich.title, card.title)) : null,
    ...lead,
    next,
    ...lines,
    facts.childNodes.length ? facts : null,
    file ? picture(file, with_.alt || card.image?.alt || card.title) : null,
    buttons(card.buttons, press),
  );
}

/** @param {string} file @param {string} alt */
export function picture(file, alt) {
  const address = fileAddress(world.me, file);
  const image = el("img", { src: address, alt, loading: "lazy" });
  return el("a.picture", { href: address, target: "_blank", rel: "noopener noreferrer", title: "Open the picture" }, image);
}

/**
 * Leaves one amber button in the view. In a direct message it is the newest, unless what came later with buttons of its
 * own has overtaken it; in a channel the card at the top is edited in place and stays the thing to do, there or where the
 * same is offered further down.
 * @param {Element} view @param {boolean} dm
 */
export function onePrimary(view, dm) {
  const all = [...view.querySelectorAll("button.primary")];
  if (!dm) {
    const answer = view.querySelector(".answer:last-child button.primary");
    const newest = all.filter((found) => found.getAttribute("data-act") === all[0].getAttribute("data-act")).at(-1);
    all.forEach((found) => found.classList.toggle("calm", found !== (answer ?? newest)));
    return;
  }
  const last = [...view.querySelectorAll(":scope > .message")].filter((one) => one.querySelector("button[data-act]")).at(-1);
  all.forEach((found, index) => found.classList.toggle("calm", index < all.length - 1 || !last?.contains(found)));
}
