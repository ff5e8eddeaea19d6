// The installed platform: where its API is, and `api admin` in the cluster.

import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

import { Failure } from "./failure.mjs";

/** So much of what a program complained of is told, in characters. */
const TOLD = 600;

/** @param {string} name @param {string} otherwise */
const setting = (name, otherwise) => process.env[name] || otherwise;

/** Where the dashboard is, with nothing behind the host. */
export function address() {
  const url = process.env["SOCRATE_API_URL"];
  if (!url) throw new Failure("SOCRATE_API_URL is not set: start it with kind-tests/scripts/cluster.sh run");
  return new URL(url).origin;
}

/**
 * Runs a program that must succeed; what it printed. What it says on standard error is told where it fails.
 *
 * @param {string} program
 * @param {string[]} words
 * @param {Record<string, string>} [variables] of its environment, besides those of this program
 */
export async function run(program, words, variables = {}) {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...variables } });
  const ended = new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  const outcome = Promise.all([text(child.stdout), text(child.stderr), ended]);
  const [printed, complaint, status] = await outcome.catch((error) => {
    throw new Failure(`unable to run ${program}: ${error.message}; start it with kind-tests/scripts/cluster.sh run`, { cause: error });
  });
  if (status !== 0) throw new Failure(`${[program, ...words.slice(0, 4)].join(" ")} failed: ${complaint.trim().slice(-TOLD)}`);
  return printed;
}

/**
 * Runs a line as somebody does who has copied it into a terminal; what it printed.
 *
 * @param {string} line
 * @param {Record<string, string>} [variables]
 */
export const shell = (line, variables) => run("bash", ["-c", line], variables);

/** The release's name. */
export const release = () => setting("SOCRATE_RELEASE", "socrate");

/**
 * What kubectl prints of the release's namespace, or of another that is named among the words.
 *
 * @param {string[]} words
 */
export const kubectl = (...words) => run(setting("KUBECTL", "kubectl"), ["--namespace", setting("SOCRATE_RELEASE_NAMESPACE", "socrate"), ...words]);

/**
 * Runs `api admin` in the sweeper's Pod, as an administrator does; what it made.
 *
 * @param {string[]} words
 * @returns {Promise<Record<string, string>>}
 */
export async function admin(...words) {
  const place = [`deployment/${release()}-sweeper`, "--container", "sweeper"];
  const printed = await kubectl("exec", ...place, "--", "/api", "admin", ...words, "--json");
  // What makes nothing prints nothing.
  return printed ? JSON.parse(printed) : {};
}
