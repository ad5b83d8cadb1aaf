// @ts-check
// The guided first run: three suggestions that tick themselves off, and one line that says what to press next.
// Everything is worked out from what is there, so a reload, another window or a restart changes nothing.

import { get } from "./api.js";
import { button, byId, el, icon, light, replace } from "./dom.js";
import { direct, now, outside, recall, remember, world } from "./world.js";

const RESEARCHER = "researcher";
const TRIAGER = "triager-sec";
const EYES = "lead"; // sits in every triage channel, so its view tells how far the story is
const DAY_AND_ONE = 25 * 3600 * 1000;
const FIRST_WORDS = "Hello. I think I found a way around the filter. How shall I send it?";

/** @typedef {import("./world.js").Act} Act */
/** @typedef {{who: string, where: string, text: string, act?: Act, greets?: boolean}} Step */
/**
 * @typedef {object} Ways what the guide may do in the page
 * @property {(who: string, where: string) => Promise<void>} go
 * @property {(text: string) => Promise<void>} say
 * @property {() => Promise<void>} pass
 * @property {() => void} attend listens again, for the guide was opened or closed
 */

const facts = {
  greeted: false,
  /** @type {string} the newest triage channel */ channel: "",
  /** @type {any} its case card */ card: null,
  /** @type {any} the researcher's newest message with something to press */ turn: null,
  /** @type {any} the researcher's own card of that report */ mine: null,
  /** a person who is waited for, and where */ waits: "",
  waitsWhere: "",
  judged: false,
  thanked: false,
  closed: false,
};

let asked = 0;

/** @param {any} message @returns {any[]} every button of a message */
const acts = (message) => [...(message?.card?.buttons ?? []), ...(message?.buttons ?? [])];

/** Looks at the story through the eyes of those who take part in it. */
export async function readFacts() {
  const number = ++asked;
  const [rooms, outer] = await Promise.all([
    get("/api/conversations", { as: EYES }),
    get(`/api/conversations/${direct(RESEARCHER)}/messages`, { as: RESEARCHER }),
  ]);
  const triage = rooms.filter((/** @type {any} */ room) => room.kind === "channel" && room.name.startsWith("triage-aiv"));
  const live = triage.filter((/** @type {any} */ room) => !room.archived);
  const room = live.at(-1) ?? triage.at(-1);
  const fame = rooms.find((/** @type {any} */ one) => one.name === "hall-of-fame");
  const said = room ? await get(`/api/conversations/${encodeURIComponent(room.id)}/messages`, { as: EYES }) : [];
  if (number !== asked) return;
  facts.greeted = outer.length > 0;
  facts.channel = room?.id ?? "";
  facts.closed = Boolean(room?.archived);
  facts.card = said.find((/** @type {any} */ message) => message.card?.report)?.card ?? null;
  facts.judged = said.some((/** @type {any} */ message) => message.author !== "bot" || ["relay", "event"].includes(message.voice?.kind));
  const same = (/** @type {any} */ message) => message.card?.next && message.card.report === facts.card?.report;
  facts.mine = outer.filter((/** @type {any} */ message) => message.author === "bot" && same(message)).at(-1)?.card ?? null;
  facts.turn = outer.filter((/** @type {any} */ message) => acts(message).length).at(-1) ?? null;
  facts.thanked = Boolean(fame?.last_id);
  facts.waits = "";
  if (guiding() && facts.card && !over() && !researcherAsked() && !named()) await readWaiting();
}

/** Asks whom the bot waits for, where the card does not say it by name. */
async function readWaiting() {
  const order = [RESEARCHER, ...world.people.map((one) => one.id).filter((id) => id !== RESEARCHER)];
  for (const id of order) {
    const home = await get("/api/home", { as: id, where: direct(id) }).catch(() => null);
    const found = (home?.waiting ?? []).find((/** @type {any} */ one) => one.conversation === facts.channel || one.conversation === direct(id));
    if (found) {
      facts.waits = id;
      facts.waitsWhere = found.conversation;
      return;
    }
  }
}

/** @returns {string} the person that the card names for the next step; who is here now comes first */
function named() {
  const waiting = facts.card?.fields?.find((/** @type {any} */ one) => one.label === "Waiting")?.text ?? "";
  const [by, what] = [facts.card?.next_by ?? "", facts.card?.next ?? ""];
  const free = world.people.filter((one) => !waiting.startsWith(`${one.id} proposed`));
  const within = (/** @type {string} */ words) => free.filter((one) => new RegExp(`(^|[^\\w-])${one.id}($|[^\\w-])`).test(words));
  const words = `${by} ${what}`;
  const craft = /machine.learning/i.test(words) ? "ml" : /security/i.test(words) ? "security" : /triager/i.test(words) ? "triager" : "";
  // Who is named stands in the line below; the step itself may speak of an owner who is still to be found.
  const exact = [within(by), within(what)].find((some) => some.length);
  const found = (exact ?? free.filter((one) => craft && one.roles.includes(craft))).map((one) => one.id);
  return found.includes(world.me) ? world.me : found[0] ?? "";
}

/** @returns {boolean} whether the researcher is asked for something, whatever the team could do meanwhile */
const researcherAsked = () => Boolean(facts.mine?.next?.startsWith("Your turn"));

/** @returns {boolean} whether the report has come to its end */
const over = () => facts.closed || Boolean(facts.card?.next?.startsWith("Nothing is left"));

/** @param {any[]} offered @returns {Act | undefined} the button that leads on */
const best = (offered) => offered.find((act) => act.look === "primary") ?? offered[0];

/** @param {string} words @returns {string} the same without what ends a sentence */
const bare = (words) => words.replace(/[.\s]+$/, "");

/**
 * One step in words: for whoever takes it the button to press, for everybody else whose turn it is.
 * @param {string} who @param {string} where @param {string} task @param {Act} [act] @param {string} [without] said where there is no button
 * @returns {Step}
 */
function turn(who, where, task, act, without = "") {
  if (who !== world.me || where !== world.where) {
    const words = task.replace(/^Your turn: /, "");
    return { who, where, act, text: `Next, as ${who}: ${words.charAt(0).toLowerCase()}${words.slice(1)}.` };
  }
  return { who, where, act, text: act ? `${task}. Press “${act.label}”.` : `${task}. ${without}` };
}

/** @returns {Step} what to do next in the story */
function step() {
  const dm = direct(RESEARCHER);
  if (!facts.greeted) {
    return { ...turn(RESEARCHER, dm, "Every story begins with a report: say hello to Harborlight", undefined, "Write anything."), greets: true };
  }
  if (!facts.channel) {
    const form = acts(facts.turn).find((act) => /report|form/i.test(act.label));
    return turn(RESEARCHER, dm, "Describe a flaw; an invented one will do", form, "Paste a PGP message or send the word report.");
  }
  if (over() && !researcherAsked()) {
    const again = world.where === "hall-of-fame" ? " To start another, write to Harborlight as the researcher." : "";
    return { who: world.me, where: "hall-of-fame", text: facts.thanked
      ? `The story is told: the thanks stand in hall-of-fame.${again}`
      : "This report is done. Thanks appear in hall-of-fame when a fixed flaw is public and its finder wants to be named." };
  }
  if (!facts.card) return { who: world.me, where: world.where, text: "The report is in. A private channel opens for it now." };
  const who = researcherAsked() ? RESEARCHER : named() || facts.waits || TRIAGER;
  if (outside(who)) {
    const task = researcherAsked() ? bare(facts.mine.next) : "answer the triage team";
    return turn(who, direct(who), task, researcherAsked() ? best(facts.mine.buttons ?? []) : undefined, "Write it below.");
  }
  const where = facts.waits === who && facts.waitsWhere ? facts.waitsWhere : facts.channel;
  const act = where === facts.channel ? best(facts.card.buttons ?? []) : undefined;
  const task = act?.id.startsWith("case agree") ? "A second person agrees" : bare(facts.card.next || "The report is open");
  return turn(who, where, task, act, "Type / to see what you can do here.");
}

const guiding = () => recall("guide") === true;

/** @returns {string[]} through whose eyes the guide looks, so that nothing they see escapes it */
export const eyes = () => (guiding() ? [RESEARCHER, EYES] : []);

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

/** @param {Step} next @param {Ways} ways @returns {HTMLElement | null} the one press that the guide takes off the reader */
function helps(next, ways) {
  if (next.who !== world.me || next.where !== world.where) {
    const label = next.where === "hall-of-fame" ? "Open hall-of-fame" : next.who !== world.me ? `Be ${next.who}` : "Take me there";
    return button(label, () => void ways.go(next.who, next.where).then(show));
  }
  if (next.greets) return button("Say hello", () => void ways.say(FIRST_WORDS));
  const found = standing(next.act);
  return found && !inSight(found) ? button("Show me", show) : null;
}

/** @param {Ways} ways */
export function drawGuide(ways) {
  const line = byId("guide");
  line.hidden = !guiding();
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
  const begin = (/** @type {() => Promise<void>} */ act) => async () => {
    remember("guide", true);
    ways.attend();
    await act();
    await readFacts();
    drawGuide(ways);
    show();
  };
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
  box.hidden = fresh() && world.where.startsWith("dm-");
  const all = suggestions(ways);
  const print = JSON.stringify(all.map((one) => one.done));
  if (box.dataset.print === print) return;
  box.dataset.print = print;
  replace(box, el("h2", { id: "try-title" }, "Try this"), el("ul", {}, ...all.map((one) =>
    el("li", {}, one.done ? icon("check", "done:") : light(), one.done ? el("span.dim", {}, one.name) : button(one.name, one.act, "quiet")))));
}

/** @param {Ways} ways @returns {HTMLElement} what stands in an empty conversation */
export function emptyState(ways) {
  if (!fresh() || !world.where.startsWith("dm-")) {
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
