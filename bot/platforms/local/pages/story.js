// @ts-check
// How far the story of a report has come, and what comes next in it: for whom, where, and which button.
// Everything is worked out from what is there, so a reload, another window or a restart changes nothing.

import { get } from "./api.js";
import { direct, outside, recall, world } from "./world.js";

export const RESEARCHER = "researcher";
export const TRIAGER = "triager-sec";
const EYES = "lead"; // sits in every triage channel, so its view tells how far the story is

/** @typedef {import("./world.js").Act} Act */
/** @typedef {{who: string, where: string, text: string, act?: Act, greets?: boolean}} Step */

export const facts = {
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
  const [said, what] = [facts.card?.next_by ?? "", facts.card?.next ?? ""];
  const by = said.replace(/; the lead can stand in .*/, "");  // offered besides, and nobody's turn
  const free = world.people.filter((one) => !by.startsWith(`${one.id} proposed`));
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
export function step() {
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

/** @returns {boolean} whether the guide is open */
export const guiding = () => recall("guide") === true;

/** @returns {string[]} through whose eyes the guide looks, so that nothing they see escapes it */
export const eyes = () => (guiding() ? [RESEARCHER, EYES] : []);
