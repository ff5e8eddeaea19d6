// Parts of the platform that are restarted, or away for a while, under an open page.

import { kubectl, release } from "./platform.mjs";

/**
 * @typedef {object} Part A part of the platform in the cluster.
 * @property {string} component what its Pods are labelled with
 * @property {string} workload what it is, and its name, such as `deployment/socrate-api`
 */

/** @returns {Part} */
export const theApi = () => ({ component: "api", workload: `deployment/${release()}-api` });
/** @returns {Part} */
export const theRedis = () => ({ component: "redis", workload: `statefulset/${release()}-redis` });

/** A part has so long to come or go. */
const LIMIT = "90s";

/**
 * Restarts a part as an upgrade does, and waits until its new Pods are in the place of the old ones.
 *
 * @param {Part} part
 */
export async function restart({ workload }) {
  await kubectl("rollout", "restart", workload);
  await kubectl("rollout", "status", workload, `--timeout=${LIMIT}`);
}

/**
 * How many replicas a part should have; one at least, as none are what an interrupted run has left.
 *
 * @param {Part} part
 */
export async function replicas({ workload }) {
  const wanted = await kubectl("get", workload, "--output=jsonpath={.spec.replicas}");
  return Math.max(1, Number(wanted));
}

/**
 * Takes a part away, and waits until it is gone.
 *
 * @param {Part} part
 */
export async function takeAway({ workload, component }) {
  await kubectl("scale", workload, "--replicas=0");
  await kubectl("wait", "pods", "--for=delete", `--selector=app.kubernetes.io/component=${component}`, `--timeout=${LIMIT}`);
}

/**
 * Brings a part back, and waits until it works.
 *
 * @param {Part} part
 * @param {number} count of replicas
 */
export async function bringBack({ workload }, count) {
  await kubectl("scale", workload, `--replicas=${count}`);
  await kubectl("rollout", "status", workload, `--timeout=${LIMIT}`);
}
