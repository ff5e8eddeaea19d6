// What a chunk shares with the one before. Positions are in Unicode characters, which are not the units of JavaScript's texts.

/** @typedef {import("./types.js").Chunk} Chunk */

/**
 * A chunk's text, cut where what it shares with its neighbours begins and ends.
 * @param {Chunk} chunk
 * @param {Chunk | undefined} before
 * @param {Chunk | undefined} after
 * @returns {{ shared: string, own: string, sharedAfter: string }}
 */
export function cut(chunk, before, after) {
  const characters = [...chunk.text];
  const leading = Math.min(characters.length, sharedBy(before, chunk));
  const trailing = Math.min(characters.length - leading, sharedBy(chunk, after));
  const end = characters.length - trailing;
  return { shared: characters.slice(0, leading).join(""), own: characters.slice(leading, end).join(""), sharedAfter: characters.slice(end).join("") };
}

/**
 * @param {Chunk | undefined} first
 * @param {Chunk | undefined} second the one after
 * @returns {number} characters that both have
 */
function sharedBy(first, second) {
  if (!first || !second || first.metadata.section !== second.metadata.section) return 0;
  return Math.max(0, first.char_end - second.char_start);
}
