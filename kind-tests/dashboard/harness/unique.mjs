// Names that no other flow has.

import { randomUUID } from "node:crypto";

/** Something that no other flow has. */
export const token = () => randomUUID().slice(0, 8);

/**
 * A file's name with something in it that no other flow has, before its extension.
 *
 * @param {string} name
 */
export const unique = (name) => name.replace(/(\.[^.]*)?$/, (extension) => ` ${token()}${extension}`);
