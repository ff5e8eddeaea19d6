// Keeps what is shown in step with the server: by WebSocket; where that does not come about by Server-Sent Events; where neither does by asking
// every two seconds, for four minutes, while connecting is tried again ever more rarely. In a hidden tab it pauses, and goes on where it was.

import { POLL_AT_MOST, POLL_EVERY } from "../logic/constants.js";
import { backoff } from "../logic/backoff.js";
import { pause } from "../logic/pause.js";
import { ApiError } from "../network/client.js";
import { byEvents, byWebSocket, once } from "../network/streams.js";
import { receive, reloadAll } from "./changes.js";
import { sessionEnded } from "./session.js";
import { store } from "./store.js";

/** A tab that is hidden for so long is told nothing until it is seen, in milliseconds. */
const PAUSED_AFTER = 20_000;
/** How often a connection is asked whether it tells all, in milliseconds: one whose other end has gone is silent like one on which nothing happens. */
const CHECKED_EVERY = 30_000;

/** @typedef {import("../network/streams.js").StreamMessage} StreamMessage */

class Live {
  /** @type {AbortController | null} */
  #running = null;
  /** @type {number | null} the last change that was told */
  #after = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hiding;

  start() {
    this.#after = null;
    this.#run();
    document.addEventListener("visibilitychange", this.#onVisibility);
    addEventListener("online", this.#onOnline);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    clearTimeout(this.#hiding);
    document.removeEventListener("visibilitychange", this.#onVisibility);
    removeEventListener("online", this.#onOnline);
  }

  #onVisibility = () => {
    clearTimeout(this.#hiding);
    if (!document.hidden) {
      if (store.state.live.mode === "paused") this.#run();
      return;
    }
    this.#hiding = setTimeout(() => {
      this.#running?.abort();
      store.set({ live: { mode: "paused", mayGoOn: false } });
    }, PAUSED_AFTER);
  };

  #onOnline = () => {
    if (store.state.live.mode !== "paused") this.#run();
  };

  #run() {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#listen(running.signal).catch((error) => {
      if (!running.signal.aborted) throw error;
    });
  }

  /** @param {AbortSignal} signal */
  async #listen(signal) {
    let failures = 0;
    let hasPolled = false;
    store.set({ live: { mode: "connecting", mayGoOn: false } });
    while (!signal.aborted) {
      const { begun, forbidden } = await this.#connect(failures, signal);
      if (signal.aborted) return;
      if (forbidden) {
        sessionEnded();
        return;
      }
      failures = begun ? 0 : failures + 1;
      if (begun) hasPolled = false;
      if (failures < 2) {
        store.set({ live: { mode: "connecting", mayGoOn: false } });
      } else if (!hasPolled) {
        hasPolled = true;
        this.#poll(signal);
      }
      await pause(backoff(Math.max(1, failures)), signal);
    }
  }

  /**
   * Until the connection ends, or is found not to tell what has happened.
   * @param {number} failures connections that did not come about before
   * @param {AbortSignal} signal
   */
  async #connect(failures, signal) {
    const connection = new AbortController();
    const close = () => connection.abort();
    signal.addEventListener("abort", close);
    const timer = setInterval(() => this.#check(close), CHECKED_EVERY);
    // A proxy between may pass over one of the two: they take turns.
    const connect = store.state.hasCookie && failures % 2 === 0 ? byWebSocket : byEvents;
    const ended = await connect(this.#after, (message) => this.#take(message, connection.signal), connection.signal);
    clearInterval(timer);
    signal.removeEventListener("abort", close);
    return ended;
  }

  /** @param {() => void} close */
  async #check(close) {
    if (store.state.live.mode !== "live") return;
    const before = this.#after;
    let latest = before ?? 0;
    try {
      await once(before, ({ change_seq }) => {
        latest = Math.max(latest, change_seq);
      });
    } catch {
      close();
      return;
    }
    // What has happened in this moment may just be on its way.
    setTimeout(() => {
      if ((this.#after ?? 0) < latest) close();
    }, POLL_EVERY);
  }

  /** @param {AbortSignal} signal */
  async #poll(signal) {
    const isOver = () => signal.aborted || store.state.live.mode === "live";
    const end = Date.now() + POLL_AT_MOST * POLL_EVERY;
    let failures = 0;
    store.set({ live: { mode: "polling", mayGoOn: false } });
    // Where the server does not answer either, pauses are longer, and fewer questions fit into the time.
    for (let polls = 0; polls < POLL_AT_MOST && Date.now() < end && !isOver(); polls += 1) {
      try {
        await once(this.#after, (message) => this.#take(message, signal, false));
        failures = 0;
        if (store.state.live.mode === "lost") store.set({ live: { mode: "polling", mayGoOn: false } });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 401) {
          sessionEnded();
          return;
        }
        failures += 1;
        if (!isOver()) store.set({ live: { mode: "lost", mayGoOn: false } });
      }
      await pause(failures === 0 ? POLL_EVERY : backoff(failures + 1), signal);
    }
    if (!isOver()) store.set({ live: { mode: "lost", mayGoOn: true } });
  }

  /**
   * @param {StreamMessage} message
   * @param {AbortSignal} signal
   * @param {boolean} [isStream] whether the connection stays
   */
  #take(message, signal, isStream = true) {
    if (signal.aborted) return;
    if (isStream && store.state.live.mode !== "live") store.set({ live: { mode: "live", mayGoOn: false } });
    const isFirst = this.#after === null;
    this.#after = Math.max(this.#after ?? 0, message.change_seq);
    if (message.type === "stream.reload") {
      this.#after = message.change_seq;
      reloadAll();
    } else if ("data" in message) {
      receive(message);
    } else if (isFirst) {
      // What happened between the list and the beginning of the stream is in neither.
      reloadAll();
    }
  }
}

export const live = new Live();
