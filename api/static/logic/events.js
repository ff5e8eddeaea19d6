// Server-Sent Events, read from text that comes in pieces. Of the fields of the HTML standard (section 9.2) `data` alone is needed: the number of a
// change is within it.

export class EventReader {
  #rest = "";
  /** @type {string[]} */
  #data = [];

  /**
   * @param {string} piece what has come, cut anywhere
   * @returns {string[]} the data of the events that are whole by now
   */
  read(piece) {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    const events = [];
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "" && this.#data.length > 0) {
        events.push(this.#data.join("\n"));
        this.#data = [];
      } else if (line.startsWith("data:")) {
        this.#data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
    return events;
  }
}
