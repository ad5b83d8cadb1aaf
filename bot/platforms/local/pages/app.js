// @ts-check
// Puts the page together: loads what is there, keeps it fresh, and carries out what is pressed.

import { get, listen, Offline, post, Refused } from "./api.js";
import { drawClock, move, readClock, wireClock, wireTheme } from "./clockbar.js";
import { takesKey, wireCompletion } from "./complete.js";
import { drawComposer, field, trouble, wireComposer } from "./composer.js";
import { byId, icon, replace } from "./dom.js";
import { confirmAct, openForm, wireDialog } from "./form.js";
import { drawGuide, drawTry, emptyState, wireGuide } from "./guide.js";
import { drawHead, drawLists, drawPeople, markSeen } from "./list.js";
import { drawLog, watchLog } from "./log.js";
import { countUnread, readHome, readMessages } from "./reading.js";
import { drawSide } from "./side.js";
import { eyes, readFacts } from "./story.js";
import { direct, here, open, recall, remember, world } from "./world.js";

/** @typedef {import("./world.js").Act} Act */

let answers = 0;

/** @param {unknown} error shown at the message field, in words */
function failed(error) {
  if (error instanceof Refused || error instanceof Offline) {
    trouble(error.message);
    return;
  }
  console.error(error);
  trouble("This page lost its thread. Reload it; nothing that was sent is lost.");
}

/** @param {boolean} connected */
function connection(connected) {
  world.connected = connected;
  const line = byId("offline");
  line.hidden = connected;
  if (!connected) replace(line, icon("warn"), "Not connected. What you write is kept; we try again in 5 s.");
  else line.replaceChildren();
}

/** @param {"list" | "talk" | "side"} name which column a narrow window shows */
function view(name) {
  byId("world").dataset.view = name;
  byId("details").setAttribute("aria-expanded", String(name === "side"));
}

/**
 * Shows a private answer below the messages, or its form. It belongs to who asked, where they asked: whoever is here
 * when it comes late does not see it.
 * @param {any} reply @param {HTMLElement | null} from @param {string} [place]
 */
function answered(reply, from, place = here()) {
  if (!reply) return;
  if (reply.form && place === here()) openForm(reply.form, from, (found, back) => answered(found, back, place));
  const says = reply.text || reply.card || reply.buttons?.length || reply.panel?.sections?.length;
  if (says) {
    const after = place === here() ? Number(world.messages.at(-1)?.id ?? 0) : Infinity;
    world.answers.set(place, { number: ++answers, reply, after });
    if (place === here()) {
      const lost = from?.closest(".answer");
      draw();
      byId("log").scrollTop = byId("log").scrollHeight;
      // What was pressed stood in the answer that this one replaces: the next Tab goes on from here.
      if (lost && !from?.isConnected && !reply.form) /** @type {HTMLElement | null} */ (document.querySelector(".answer .body"))?.focus({ preventScroll: true });
    }
  }
  void refresh();
}

/**
 * Presses a button: on a message as such, on an answer or a row as the command line that its id is.
 * @param {string} message @param {string} id
 */
async function pressed(message, id) {
  const { reply } = message
    ? await post("/api/press", { as: world.me, message, button: id })
    : await post("/api/run", { as: world.me, where: world.where, line: `/vdp ${id}` });
  return reply;
}

/** @param {string} message the message that carries the button, or nothing for one of an answer or a row */
const presses = (message) => (/** @type {Act} */ act, /** @type {HTMLElement} */ from) => {
  const go = async () => {
    if (from.getAttribute("aria-busy")) return;
    from.setAttribute("aria-busy", "true");
    trouble("");
    const place = here();
    try {
      answered(await pressed(message, act.id), from, place);
    } catch (error) {
      failed(error);
    } finally {
      from.removeAttribute("aria-busy");
    }
  };
  if (act.look === "danger" && act.sure) confirmAct(act.label, act.sure, from, () => void go());
  else void go();
};

/** @param {string} text @param {{name: string, content_base64: string}[]} files */
async function deliver(text, files) {
  if (!files.length && /^\/vdp(\s|$)/.test(text)) {
    const place = here();
    const { reply } = await post("/api/run", { as: world.me, where: world.where, line: text });
    answered(reply, field(), place);
    return;
  }
  const place = here();
  await post("/api/say", { as: world.me, where: world.where, text, files });
  world.answers.delete(place);
  await refresh();
}

/** @type {import("./guide.js").Ways} */
const ways = {
  go: async (who, where) => {
    if (who === world.me) await goTo(where);
    else await become(who, where);
  },
  say: async (text) => {
    await deliver(text, []).catch(failed);
  },
  pass: async () => {
    await move({ advance: "25h" }, failed);
    await refresh();
  },
  attend,
};

/** Listens as the person who is here, and as those through whom the guide looks. */
function attend() {
  listen([...new Set([world.me, ...eyes()])], () => void refresh(), connection);
}

function draw() {
  drawPeople((who) => void become(who));
  drawLists((where) => void goTo(where));
  drawHead();
  drawLog(presses, () => (loaded === here() ? emptyState(ways) : null));
  drawSide(presses(""), () => {
    view("talk");
    byId("details").focus();
  });
  drawComposer();
  drawTry(ways);
  drawGuide(ways);
  drawClock();
}

let running = false;
let again = false;
let loaded = "";

async function load() {
  const me = world.me;
  const conversations = await get("/api/conversations", { as: me });
  if (me !== world.me) return;
  world.conversations = conversations;
  if (!open()) world.where = conversations[0]?.id ?? direct(me);
  const where = world.where;
  const [messages, home] = await Promise.all([
    readMessages(me, where),
    readHome(me, where, () => void refresh()),
    readClock(),
    readFacts(),
  ]);
  if (me !== world.me || where !== world.where) return;
  world.messages = messages;
  world.home = home;
  if (home) world.demo = home.demo;
  loaded = here();
  if (!document.hidden) markSeen(me, where, messages.at(-1)?.id);
  draw();
  await countUnread();
  if (me === world.me) draw();
}

/** Loads everything again; calls that come meanwhile become one more round. */
async function refresh() {
  if (running) {
    again = true;
    return;
  }
  running = true;
  try {
    do {
      again = false;
      await load();
    } while (again);
  } catch (error) {
    if (!(error instanceof Offline)) failed(error);
  } finally {
    running = false;
  }
}

function address() {
  const wanted = `#${encodeURIComponent(world.me)}/${encodeURIComponent(world.where)}`;
  if (location.hash !== wanted) history.pushState(null, "", wanted);
}

/** @param {string} where */
async function goTo(where) {
  if (where !== world.where) {
    world.where = where;
    world.messages = [];
    world.unread.delete(where);
  }
  address();
  view("talk");
  draw();
  await settled();
}

/** @param {string} who @param {string} [where] */
async function become(who, where = direct(who)) {
  world.me = who;
  world.where = where;
  world.conversations = [];
  world.messages = [];
  world.home = null;
  world.unread = new Map();
  remember("me", who);
  address();
  view("talk");
  attend();
  await settled();
}

/** Waits until a whole round has been loaded for what is open now. */
async function settled() {
  await refresh();
  for (let turns = 0; turns < 100 && running; turns += 1) await new Promise((next) => setTimeout(next, 50));
}

/** @returns {[string, string]} who and where the address names */
function named() {
  const [who = "", where = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const known = world.people.some((one) => one.id === who) ? who : "";
  const me = known || (world.people.find((one) => one.id === recall("me")) ?? world.people[0])?.id || "";
  return [me, known && where ? where : direct(me)];
}

function wire() {
  wireTheme();
  wireDialog();
  wireComposer(deliver, takesKey);
  wireCompletion();
  wireClock(refresh, failed);
  watchLog();
  wireGuide(ways);
  byId("back").addEventListener("click", () => {
    view("list");
    /** @type {HTMLElement | null} */ (document.querySelector(".list [aria-current]"))?.focus();
  });
  byId("details").addEventListener("click", () => {
    view(byId("world").dataset.view === "side" ? "talk" : "side");
    /** @type {HTMLElement | null} */ (byId("side").querySelector(".cross"))?.focus();
  });
  byId("side").addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || byId("world").dataset.view !== "side") return;
    view("talk");
    byId("details").focus();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && void refresh());
  window.addEventListener("popstate", () => {
    const [who, where] = named();
    if (who !== world.me) void become(who, where);
    else void goTo(where);
  });
  setInterval(() => world.home && drawSide(presses(""), () => view("talk")), 60_000);
}

async function start() {
  wire();
  for (;;) {
    try {
      world.people = await get("/api/people");
      break;
    } catch {
      connection(false);
      await new Promise((next) => setTimeout(next, 5000));
    }
  }
  connection(true);
  const [who, where] = named();
  await become(who, where);
}

void start();
