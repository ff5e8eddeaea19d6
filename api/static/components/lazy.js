// Views that are loaded when they are first shown: who only looks at the list waits for nothing else.

import { h } from "../vendor/preact.js";
import { useEffect, useState } from "../vendor/preact-hooks.js";
import { Failure, Skeleton } from "./controls.js";
import { text } from "../language/catalogue.js";

/**
 * @template P
 * @param {() => Promise<import("../vendor/preact.js").FunctionComponent<P>>} load
 * @param {boolean} [isPart] whether it is a part of a view: until it is there, nothing stands in its place
 * @returns {import("../vendor/preact.js").FunctionComponent<P>}
 */
export function lazy(load, isPart = false) {
  /** @type {import("../vendor/preact.js").FunctionComponent<P> | null} */
  let loaded = null;
  return function Lazy(properties) {
    const [, draw] = useState(0);
    const [isLost, setLost] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (view) => {
          loaded = view;
          draw(1);
        },
        () => setLost(true),
      );
    }, []);
    if (isLost) return h(Failure, { message: text("unreachable"), onRetry: () => location.reload() });
    if (!loaded && isPart) return null;
    return loaded ? h(/** @type {import("../vendor/preact.js").FunctionComponent<any>} */ (loaded), properties) : h(Skeleton, { lines: 6 });
  };
}
