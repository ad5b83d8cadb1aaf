// @ts-check
// Reads what one person may see: messages, what stands beside them, and how much of it is new to them.

import { get, Refused } from "./api.js";
import { seen } from "./list.js";
import { world } from "./world.js";

/** @param {string} me @param {string} where @param {{after?: string}} [from] @returns {Promise<any[]>} */
export const readMessages = (me, where, from = {}) => get(`/api/conversations/${encodeURIComponent(where)}/messages`, { as: me, ...from });

/** Counts what this person has not seen, conversation by conversation. */
export async function countUnread() {
  const me = world.me;
  const last = seen(me);
  const counts = await Promise.all(world.conversations.map(async (one) => {
    if (!one.last_id || String(one.last_id) === last[one.id] || one.id === world.where) return { id: one.id, count: 0 };
    const found = await readMessages(me, one.id, last[one.id] ? { after: last[one.id] } : {});
    return { id: one.id, count: found.filter((/** @type {any} */ message) => message.author !== me).length };
  }));
  if (me === world.me) world.unread = new Map(counts.map((one) => [one.id, one.count]));
}

/**
 * Reads what stands beside the conversation; while the bot starts there is nothing yet.
 * @param {string} me @param {string} where @param {() => void} again reads once more when the bot may have started
 */
export async function readHome(me, where, again) {
  try {
    return await get("/api/home", { as: me, where });
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 503) throw error;
    setTimeout(again, 2000);
    return null;
  }
}
