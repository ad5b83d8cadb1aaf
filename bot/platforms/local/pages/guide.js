// @ts-check
// The guided first run of the demonstration: three suggestions that tick themselves off, and one line that says what to press next.
// What comes next is `story.js`; here it is shown, and the one press that helps is taken off the reader.

import { button, byId, el, icon, light, replace } from "./dom.js";
import { facts, guiding, readFacts, RESEARCHER, step, TRIAGER } from "./story.js";
import { direct, now, outside, remember, world } from "./world.js";

const DAY_AND_ONE = 25 * 3600 * 1000;
const FIRST_WORDS = "Hello. I think I found a way around the filter. How shall I send it?";

/** @typedef {import("./world.js").Act} Act */
/** @typedef {import("./story.js").Step} Step */
/**
 * @typedef {object} Ways what the guide may do in the page
 * @property {(who: string, where: string) => Promise<void>} go
 * @property {(text: string) => Promise<void>} say
 * @property {() => Promise<void>} pass
 * @property {() => void} attend listens again, for the guide was opened or closed
 */

/** @param {Act | undefined} act @returns {HTMLElement | null} where it can be pressed: the newest button that does it */
function standing(act) {
  const all = act ? byId("log").querySelectorAll(`[data-act="${CSS.escape(act.id)}"]`) : [];
  return /** @type {HTMLElement | null} */ ([...all].at(-1) ?? null);
}

/** @param {HTMLElement} found @returns {boolean} whether the reader sees it without scrolling */
function inSight(found) {
  const [seen, view] = [found.getBoundingClientRect(), byId("log").getBoundingClientRect()];
  return seen.height > 0 && seen.top >= view.top - 1 && seen.bottom <= view.bottom + 1;
}

/** Brings the button that the guide names into view, ready to be pressed; without one the message field. */
function show() {
  const found = standing(step().act);
  found?.closest("details")?.setAttribute("open", "");
  found?.scrollIntoView({ block: "center" });
  (found ?? byId("say")).focus({ preventScroll: true });
}

let busy = false; // a press of the guide's own is under way: nothing is offered twice

/** @param {Ways} ways @param {() => Promise<unknown>} act */
async function once(ways, act) {
  if (busy) return;
  busy = true;
  drawGuide(ways);
  try {
    await act();
  } finally {
    busy = false;
    drawGuide(ways);
  }
  show();
}

/** @param {Step} next @param {Ways} ways @returns {HTMLElement | null} the one press that the guide takes off the reader */
function helps(next, ways) {
  if (busy) return null;
  if (next.who !== world.me || next.where !== world.where) {
    const label = next.where === "hall-of-fame" ? "Open hall-of-fame" : next.who !== world.me ? `Be ${next.who}` : "Take me there";
    return button(label, () => void once(ways, () => ways.go(next.who, next.where)));
  }
  if (next.greets) return button("Say hello", () => void once(ways, () => ways.say(FIRST_WORDS)));
  const found = standing(next.act);
  return found && !inSight(found) ? button("Show me", show) : null;
}

/** @param {Ways} ways */
export function drawGuide(ways) {
  const line = byId("guide");
  line.hidden = !world.demo || !guiding();
  if (line.hidden) return;
  const next = step();
  const help = helps(next, ways);
  const print = JSON.stringify([next, help?.textContent, world.me]);
  if (line.dataset.print === print) return;
  line.dataset.print = print;
  if (!line.firstChild) {
    replace(line, light(), el("p", { role: "status" }), el("button.cross", {
      type: "button",
      "aria-label": "Close the guide",
      onclick: () => {
        remember("guide", false);
        ways.attend();
        drawGuide(ways);
        byId("say").focus();
      },
    }, icon("cross")));
  }
  const words = /** @type {HTMLElement} */ (line.querySelector("p"));
  if (words.textContent !== next.text) words.textContent = next.text;
  const before = line.querySelector(".quiet");
  if (help) words.after(help);
  before?.remove();
}

/** Keeps the offer to scroll in line with what is in view. @param {Ways} ways */
export function wireGuide(ways) {
  byId("log").addEventListener("scroll", () => drawGuide(ways), { passive: true });
}

/** @param {Ways} ways */
function suggestions(ways) {
  const begin = (/** @type {() => Promise<void>} */ act) => () => once(ways, async () => {
    remember("guide", true);
    ways.attend();
    await act();
    await readFacts();
  });
  return [
    {
      name: "Be the researcher", about: "Say hello, send a report, get a receipt.", long: "about two minutes", done: Boolean(facts.channel),
      act: begin(async () => {
        await ways.go(RESEARCHER, direct(RESEARCHER));
        if (!facts.greeted) await ways.say(FIRST_WORDS);
      }),
    },
    {
      name: "Be the triager", about: "Open the private channel, judge the report, answer.", long: "about three minutes", done: facts.judged,
      act: begin(async () => {
        if (!facts.channel) {
          await ways.go(RESEARCHER, direct(RESEARCHER));
          return;
        }
        await ways.go(TRIAGER, facts.channel);
      }),
    },
    {
      name: "Let 25 hours pass", about: "See what the bot does when a promise is missed.", long: "one click",
      done: now().getTime() - Date.now() >= DAY_AND_ONE - 60_000, act: begin(ways.pass),
    },
  ];
}

/** Whether nothing has happened yet: then the suggestions fill the view. */
const fresh = () => !facts.greeted && !facts.channel;

/** @param {Ways} ways */
export function drawTry(ways) {
  const box = byId("try");
  box.hidden = !world.demo || (fresh() && world.where.startsWith("dm-"));
  const all = suggestions(ways);
  const print = JSON.stringify(all.map((one) => one.done));
  if (box.dataset.print === print) return;
  box.dataset.print = print;
  replace(box, el("h2", { id: "try-title" }, "Try this"), el("ul", {}, ...all.map((one) =>
    el("li", {}, one.done ? icon("check", "done:") : light(), one.done ? el("span.dim", {}, one.name) : button(one.name, one.act, "quiet")))));
}

/** @param {Ways} ways @returns {HTMLElement} what stands in an empty conversation */
export function emptyState(ways) {
  if (!world.demo || !fresh() || !world.where.startsWith("dm-")) {
    const dm = world.where.startsWith("dm-");
    return el("div.empty.small-empty", {}, el("p", {}, world.where === "hall-of-fame"
      ? "Nobody yet. Names appear here when a flaw is fixed, published, and its finder wants to be named."
      : world.where === "leadership" ? "Nothing said here yet. The digest comes once a week; type /vdp digest to see it now."
        : dm && outside(world.me) ? "Nothing said yet. Write anything, and the bot answers."
          : dm ? "Nothing said yet. Type / to see what you can do." : "Nothing said here yet."));
  }
  const all = suggestions(ways);
  const first = all.findIndex((one) => !one.done);
  return el("div.empty", {},
    el("h2", {}, "A whole disclosure programme, on this computer."),
    el("p", {}, "People, channels and a clock that you move. The keys were made on the first start; nothing leaves this machine. Start anywhere:"),
    el("ul.starts", {}, ...all.map((one, index) =>
      el("li", {}, el(`button.start${index === first ? ".first" : ""}`, { type: "button", onclick: one.act },
        el("span.sign", {}, one.done ? icon("check", "done:") : index === first ? light() : null),
        el("strong", {}, one.name), el("span.what", {}, one.about), el("span.long", {}, one.long))))));
}
