// @ts-check
// What the page knows right now, and the two questions asked of it everywhere: who am I, what time is it.

/**
 * @typedef {{id: string, name: string, roles: string[]}} Person
 * @typedef {{id: string, kind: string, name: string, private: boolean, archived: boolean, members: string[], last?: string, last_id?: string | number}} Conversation
 * @typedef {{id: string, label: string, look?: string, sure?: string}} Act
 */

export const world = {
  /** @type {Person[]} */ people: [],
  me: "",
  where: "",
  /** @type {Conversation[]} */ conversations: [],
  /** @type {any[]} */ messages: [],
  /** @type {any} */ home: null,
  /** @type {Map<string, any>} the newest private answer of each conversation */ answers: new Map(),
  /** @type {Map<string, {text: string, files: File[]}>} what was written and not sent */ drafts: new Map(),
  /** @type {Map<string, number>} messages not seen yet, by conversation */ unread: new Map(),
  offset: 0, // milliseconds that the world's clock is ahead of this computer's
  connected: true,
  demo: false, // whether this is the demonstration, which has a story to tell
};

/** @returns {Date} the world's time */
export const now = () => new Date(Date.now() + world.offset);

/** @returns {string} the key of what belongs to this person in this conversation */
export const here = () => `${world.me} ${world.where}`;

/** @returns {Conversation | undefined} */
export const open = () => world.conversations.find((one) => one.id === world.where);

/** @param {string} id */
export const person = (id) => world.people.find((one) => one.id === id);

/** @param {string} id @returns {boolean} whether the person stands outside the organisation */
export function outside(id) {
  const found = person(id);
  if (!found) return false;
  return found.roles.every((role) => role === "reporter" || role === "researcher");
}

/** @param {string} id @returns {string} the id of a person's direct conversation */
export const direct = (id) => `dm-${id}`;

/** @param {string} key @returns {any} */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(`harborlight.${key}`) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {any} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`harborlight.${key}`, JSON.stringify(value));
  } catch {
    // Without storage the page works; it only forgets between visits.
  }
}
