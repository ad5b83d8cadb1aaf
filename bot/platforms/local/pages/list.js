// @ts-check
// Draws the left column: who you are, what waits for you, direct messages, channels, and the head of the conversation.

import { byId, el, icon, light, replace } from "./dom.js";
import { open, outside, person, recall, remember, world } from "./world.js";

/** @typedef {import("./world.js").Conversation} Conversation */

/** @param {Conversation} one */
export const title = (one) => (one.kind === "dm" ? "Harborlight" : one.name);

/** @param {Conversation} one */
const sign = (one) => (one.kind === "dm" ? "people" : one.private ? "lock" : "hash");

/** @param {string} me @returns {Record<string, string>} the last message seen, by conversation */
export const seen = (me) => recall(`seen.${me}`) ?? {};

/** @param {string} me @param {string} where @param {string | number | undefined} id */
export function markSeen(me, where, id) {
  if (id === undefined || id === null) return;
  const all = seen(me);
  if (all[where] === String(id)) return;
  all[where] = String(id);
  remember(`seen.${me}`, all);
}

/** @param {Conversation} one @param {string} words @param {(where: string) => void} go */
function row(one, words, go) {
  const count = world.unread.get(one.id) ?? 0;
  const here = one.id === world.where;
  const name = title(one);
  return el("li", {}, el(
    `button.row${count && !here ? ".unread" : ""}`,
    { type: "button", "data-where": one.id, "aria-current": here ? "page" : null, title: name, onclick: () => go(one.id) },
    icon(sign(one), one.kind === "dm" ? "" : one.private ? "private" : "public"),
    el("span.row-name", {}, name),
    count && !here ? el("span.count", {}, light(), el("span", {}, count > 99 ? "99+" : count), el("span.hide", {}, " not read")) : null,
    words ? el("span.row-last", { title: words }, words) : null,
  ));
}

/** @param {(where: string) => void} go */
export function drawLists(go) {
  const waiting = new Map((world.home?.waiting ?? []).map((/** @type {any} */ one) => [one.conversation, one.text]));
  /** @param {Conversation} one */
  const waits = (one) => waiting.get(one.id) ?? waiting.get(one.name) ?? null;
  const groups = [
    { name: "Waiting for you", has: (/** @type {Conversation} */ one) => !one.archived && waits(one) !== null },
    { name: "Direct", has: (/** @type {Conversation} */ one) => one.kind === "dm" },
    { name: "Channels", has: (/** @type {Conversation} */ one) => !one.archived },
    { name: "Archived", has: () => true },
  ];
  const taken = new Set();
  const parts = [];
  for (const group of groups) {
    const found = world.conversations.filter((one) => !taken.has(one.id) && group.has(one));
    if (!found.length) continue;
    const rows = found.map((one) => {
      taken.add(one.id);
      return row(one, (waits(one) ?? one.last) || (one.kind === "dm" ? "nothing said yet" : ""), go);
    });
    parts.push(el("section", {}, el("h2", {}, group.name), el("ul", {}, ...rows)));
  }
  const lists = byId("lists");
  const focused = lists.contains(document.activeElement) ? document.activeElement?.getAttribute("data-where") : null;
  replace(lists, ...parts);
  if (focused) /** @type {HTMLElement | null} */ (lists.querySelector(`[data-where="${CSS.escape(focused)}"]`))?.focus();
}

/** @param {(who: string) => void} become */
export function drawPeople(become) {
  const pick = /** @type {HTMLSelectElement} */ (byId("person"));
  if (pick.options.length !== world.people.length) {
    replace(pick, ...world.people.map((one) => el("option", { value: one.id }, one.name || one.id)));
    pick.onchange = () => become(pick.value);
  }
  pick.value = world.me;
  const roles = person(world.me)?.roles ?? [];
  byId("about").textContent =
    world.home?.about || (outside(world.me) ? "Outside the organisation." : roles.length ? `Role: ${roles.join(", ")}.` : "");
}

/** @param {Conversation} one @returns {string} */
function about(one) {
  if (one.archived) return "Archived. It can be read, not written to.";
  if (one.kind === "dm") {
    return outside(world.me) ? "Direct message. Encrypt anything about a flaw before you send it." : "Direct message with the bot.";
  }
  if (!one.private) return "Public. Everybody here can read it.";
  const count = (one.members ?? []).filter((id) => id !== "bot").length;
  return `Private, ${count} ${count === 1 ? "person" : "people"} and the bot`;
}

export function drawHead() {
  const one = open();
  byId("name").textContent = one ? title(one) : "Harborlight";
  byId("name").title = byId("name").textContent ?? "";
  replace(byId("kind"), one ? icon(sign(one)) : null);
  replace(byId("aside"), el("span.wide", {}, one ? about(one) : ""),
    el("span.slim", {}, one ? `you are ${world.me}, ${one.kind === "dm" ? "direct message" : one.private ? "private" : "public"}` : ""));
  const total = [...world.unread.entries()].reduce((sum, [where, count]) => sum + (where === world.where ? 0 : count), 0);
  document.title = `${total ? `(${total}) ` : ""}${one ? title(one) : "Harborlight"}${one && one.kind !== "dm" ? ", Harborlight" : ""}`;
}
