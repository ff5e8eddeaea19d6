// What views share: the store's state, and where the page is.

import { useEffect, useState } from "../vendor/preact-hooks.js";
import { routeOf } from "../logic/route.js";
import { store } from "../state/store.js";

/** @returns {import("../state/store.js").State} the state, and a new drawing whenever it is another */
export function useStore() {
  const [, draw] = useState(0);
  useEffect(() => {
    const listener = () => draw((count) => count + 1);
    // What was changed between the first drawing and this moment is not missed.
    listener();
    return store.subscribe(listener);
  }, []);
  return store.state;
}

/** @returns {import("../logic/route.js").Route} */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const listener = () => setHash(location.hash);
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return routeOf(hash);
}
