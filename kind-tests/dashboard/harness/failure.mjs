// What cannot be done, in a sentence.

/** Something that is not the dashboard's fault: a program, the cluster or the browser does not do what it must. */
export class Failure extends Error {
  /**
   * @param {string} message what happened, to what, and what to do
   * @param {ErrorOptions} [options]
   */
  constructor(message, options) {
    super(message, options);
    this.name = "Failure";
  }
}

/**
 * What was thrown, as text.
 *
 * @param {unknown} thrown
 */
export function described(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
