// What views read when they are shown, and the time.

import { useEffect, useState } from "../vendor/preact-hooks.js";

/**
 * The time, drawn anew every so often while it is shown.
 * @param {number} milliseconds
 * @returns {number} milliseconds since 1970
 */
export function useNow(milliseconds) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
  return now;
}

/**
 * What is read when it is shown, and again when what it depends on is another.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {readonly unknown[]} dependencies
 * @returns {{ value: T | null, error: unknown, isLoading: boolean, reload: () => void }}
 */
export function useLoaded(read, dependencies) {
  const [version, setVersion] = useState(0);
  const [loaded, setLoaded] = useState(/** @type {{ value: T | null, error: unknown, isLoading: boolean }} */ ({ value: null, error: null, isLoading: true }));
  useEffect(() => {
    const controller = new AbortController();
    setLoaded((before) => ({ ...before, isLoading: true }));
    read(controller.signal).then(
      (value) => !controller.signal.aborted && setLoaded({ value, error: null, isLoading: false }),
      (error) => !controller.signal.aborted && setLoaded((before) => ({ value: before.value, error, isLoading: false })),
    );
    return () => controller.abort();
  }, [...dependencies, version]);
  return { ...loaded, reload: () => setVersion((count) => count + 1) };
}
