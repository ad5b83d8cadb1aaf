// @ts-check
// Draws the conversation: day separators, messages in their voices, and the private answer below them.

import { fileAddress } from "./api.js";
import { buttons, drawCard, onePrimary, picture } from "./card.js";
import { byId, el, icon, initials } from "./dom.js";
import { clock, day, instant, sameDay, size, when } from "./time.js";
import { folded, inline, prose, typed } from "./words.js";
import { here, now, open, outside, world } from "./world.js";

/** @typedef {import("./card.js").Press} Press */

const NEAR = 80; // pixels from the end within which the view follows new messages

/** What a colleague writes into a private channel is a note: no path takes it out. @param {any} message @returns {boolean} */
const note = (message) => message.voice?.kind === "note" || (!message.voice && message.author !== "bot" && open()?.kind === "channel" && open()?.private === true);

/** @param {any} message @returns {{name: string, outer: boolean, bot: boolean, label: string}} */
function speaker(message) {
  const voice = message.voice;
  if (voice?.name) return { name: voice.name.replace(/^(an?|the) /, (/** @type {string} */ word) => word.charAt(0).toUpperCase() + word.slice(1)), outer: voice.kind === "outside", bot: false, label: voice.label ?? "" };
  if (message.author === "bot") return { name: "Harborlight", outer: false, bot: true, label: voice?.label ?? "" };
  const self = message.author === world.me;
  const label = voice?.label ?? (note(message) ? "note, stays in this channel" : "");
  return { name: self ? "You" : message.author, outer: outside(message.author), bot: false, label };
}

/** @param {string} name @param {{outer: boolean, bot: boolean}} who */
function mark(name, who) {
  if (who.bot) return el("span.mark.bot", { "aria-hidden": "true" }, icon("light"));
  return el(who.outer ? "span.mark.outer" : "span.mark", { "aria-hidden": "true" }, initials(name));
}

/** @param {any} message */
function edited(message) {
  if (!message.edited || message.voice?.state) return null; // a relay is edited only to tell how far it has come
  const at = instant(message.edited);
  return el("span.dim", {}, at ? `edited ${when(at, now())}` : "edited");
}

/** @param {any} voice */
function state(voice) {
  if (!voice?.state) return null;
  const tone = voice.tone === "good" ? "good" : voice.tone === "bad" ? "bad" : "";
  const sign = tone === "good" ? icon("check") : tone === "bad" ? icon("warn") : el("span.ring", { "aria-hidden": "true" });
  return el(tone ? `p.state.${tone}` : "p.state", {}, sign, el("span", {}, voice.state));
}

/** @param {any[]} files */
function downloads(files) {
  if (!files?.length) return null;
  const links = files.map((file) =>
    el("li", {}, el("a.chip", { href: fileAddress(world.me, String(file.id)), download: file.name },
      icon("file"), el("span.file-name", { title: file.name }, file.name), el("span.dim", {}, size(file.size)))),
  );
  return el("ul.files", { "aria-label": "Files" }, ...links);
}

/** @param {any} message @param {Press} press */
function event(message, press) {
  const at = instant(message.at);
  const line = el("p", {}, icon(message.voice?.tone === "good" ? "check" : message.voice?.tone === "bad" ? "warn" : "arrow"),
    el("span", {}, inline(message.spans, message.text), " ",
      at ? el("time", { datetime: message.at }, clock(at)) : null));
  return el("div.event", { "data-id": message.id }, line,
    message.voice?.state ? state(message.voice) : null, downloads(message.files), buttons(message.buttons, press));
}

/** @param {any} message @param {Press} press @returns {HTMLElement} */
export function drawMessage(message, press) {
  if (message.voice?.kind === "event") return event(message, press);
  const who = speaker(message);
  const at = instant(message.at);
  const own = message.author !== "bot" || (message.voice?.kind === "outside" && message.spans?.length === 1);
  const shown = !message.text ? null : own ? typed(message.text) : prose(message.spans?.length ? message.spans : null, message.text);
  const card = message.card ? drawCard(message.card, press, { picture: message.picture, alt: message.alt }) : null;
  return el(
    note(message) ? "div.message.note" : "div.message",
    { "data-id": message.id },
    mark(who.name === "You" ? world.me : who.name, who),
    el("div.body", {},
      el("p.from", {}, el("strong", {}, who.name), at ? el("time", { datetime: message.at, title: message.at }, clock(at)) : null,
        who.label ? el("span.dim", {}, who.label) : null, edited(message)),
      shown ? el("div.said", {}, shown) : null,
      card,
      !card && message.picture ? picture(message.picture, message.alt ?? "") : null,
      message.folded?.text
        ? folded(message.folded.title || "Show the report", prose(message.folded.spans ?? null, message.folded.text))
        : null,
      downloads(message.files),
      state(message.voice),
      buttons(message.buttons, press)),
  );
}

/** @param {any} answer @param {Press} press @param {() => void} dismiss */
function drawAnswer(answer, press, dismiss) {
  const reply = answer.reply;
  const cross = el("button.cross", { type: "button", "aria-label": "Dismiss this answer", onclick: dismiss }, icon("cross"));
  const panel = (reply.panel?.sections ?? []).map((/** @type {any} */ section) =>
    el("section", {}, el("h3", {}, section.title), ...(section.rows ?? []).map((/** @type {any} */ row) =>
      el("div.answer-row", {}, el("p", {}, el("strong", {}, row.label), " ", row.text), row.detail ? el("p.dim", {}, row.detail) : null,
        buttons(row.buttons, press)))),
  );
  return el("div.message.answer", { "data-code": reply.code ?? "ok" },
    el("span.mark.bot", { "aria-hidden": "true" }, icon("light")),
    el("div.body", { tabindex: "-1", role: "group", "aria-label": "Answer of Harborlight, only you can see it" },
      el("p.from", {}, el("strong", {}, "Harborlight"), el("span.dim", {}, "only you can see this"), cross),
      reply.text ? el("div.said", {}, prose(reply.spans ?? null, reply.text)) : null,
      reply.card ? drawCard(reply.card, press) : null,
      ...panel,
      reply.folded?.text ? folded(reply.folded.title || "Show more", prose(reply.folded.spans ?? null, reply.folded.text)) : null,
      buttons(reply.buttons, press)));
}

/** @type {Map<string, {print: string, node: HTMLElement}>} drawn messages of the open conversation */
let drawn = new Map();
let drawnFor = "";
let following = true;

/**
 * Brings the log up to date, touching only what is new or was edited.
 * @param {(message: string) => Press} press makes the press of a message's buttons
 * @param {() => Node | null} empty what stands in an empty conversation
 */
export function drawLog(press, empty) {
  const log = byId("log");
  const moved = drawnFor !== here();
  if (moved) {
    drawn = new Map();
    drawnFor = here();
    log.replaceChildren();
    following = true;
  }
  const own = (/** @type {any} */ message) => message.author === world.me && drawn.size > 0 && !drawn.has(`m ${message.id}`);
  const follow = following || log.scrollHeight - log.scrollTop - log.clientHeight < NEAR || world.messages.some(own);
  const today = now();
  /** @type {Map<string, {print: string, node: HTMLElement}>} */
  const next = new Map();
  /** @type {HTMLElement[]} */
  const order = [];
  const put = (/** @type {string} */ key, /** @type {string} */ print, /** @type {() => HTMLElement} */ make) => {
    const before = drawn.get(key);
    const node = before && before.print === print ? before.node : make();
    if (!before && !moved && drawn.size) node.classList.add("fresh");
    if (before && before.node !== node) keepOpen(before.node, node);
    next.set(key, { print, node });
    order.push(node);
  };
  /** @type {Date | null} */
  let last = null;
  const answer = world.answers.get(here());
  let waits = Boolean(answer); // the private answer stands where it was given: what came later stands below it
  const putAnswer = () => {
    waits = false;
    const dismiss = () => {
      world.answers.delete(here());
      drawLog(press, empty);
      byId("say").focus();
    };
    put(`answer ${answer.number}`, "", () => drawAnswer(answer, press(""), dismiss));
  };
  for (const message of world.messages) {
    if (waits && Number(message.id) > answer.after) putAnswer();
    const at = instant(message.at);
    if (at && (!last || !sameDay(at, last))) {
      const words = sameDay(at, today) ? `${day(at)}, today` : day(at);
      put(`day ${day(at)}`, words, () => el("p.day", { role: "separator", "aria-label": words }, el("span", {}, words)));
      last = at;
    }
    put(`m ${message.id}`, JSON.stringify(message) + (message.edited ? day(today) : ""), () => drawMessage(message, press(String(message.id))));
  }
  if (!world.messages.length) {
    const nothing = empty();
    if (nothing instanceof HTMLElement) {
      next.set("empty", { print: "", node: nothing });
      order.push(nothing);
    }
  }
  if (waits) putAnswer();
  arrange(log, order);
  const newest = [...next].at(-1);
  const long = !moved && drawn.size > 0 && newest && !drawn.has(newest[0]) && newest[1].node.offsetHeight > log.clientHeight;
  drawn = next;
  onePrimary(log, world.where.startsWith("dm-"));
  if (!follow || next.has("empty")) return;
  log.scrollTop = log.scrollHeight;
  if (!long) return;
  newest[1].node.scrollIntoView({ block: "start" }); // what is longer than the view is read from its beginning
  following = false;
}

/** Keeps disclosures open and focus in place when a card is drawn again. @param {Element} old @param {Element} fresh */
function keepOpen(old, fresh) {
  const before = [...old.querySelectorAll("details")];
  [...fresh.querySelectorAll("details")].forEach((found, index) => {
    found.open = before[index]?.open ?? false;
  });
  const act = old.contains(document.activeElement) ? document.activeElement?.getAttribute("data-act") : null;
  if (!act) return;
  queueMicrotask(() => {
    // What was pressed may be gone: then the next Tab reaches what the card offers now.
    const again = fresh.querySelector(`[data-act="${CSS.escape(act)}"]`) ?? fresh.querySelector(".card");
    /** @type {HTMLElement | null} */ (again)?.focus({ preventScroll: true });
  });
}

/** Moves as few nodes as needed, so that a screen reader hears only what is new. @param {Element} parent @param {Element[]} order */
function arrange(parent, order) {
  const wanted = new Set(order);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  order.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

/** Follows the end while the reader is there, also when the view shrinks or a picture arrives. */
export function watchLog() {
  const log = byId("log");
  log.addEventListener("scroll", () => {
    following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  });
  log.addEventListener("load", () => following && (log.scrollTop = log.scrollHeight), true);
  new ResizeObserver(() => following && (log.scrollTop = log.scrollHeight)).observe(log);
}
