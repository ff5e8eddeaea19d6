// Tenants that are made for the flows, and go with all they have.

import { randomUUID } from "node:crypto";

import { Api } from "./api.mjs";
import { address, admin } from "./platform.mjs";

/**
 * @typedef {"admin" | "member" | "read_only"} Role
 *
 * @typedef {object} Account A user with a key that permits all that the role does.
 * @property {string} user
 * @property {string} name
 * @property {string} key
 * @property {Api} api
 *
 * @typedef {object} Tenant
 * @property {string} id
 * @property {string} name
 * @property {Record<Role, Account>} accounts
 */

/** @type {Record<Role, { name: string, scopes: string[] }>} */
const USERS = {
  admin: { name: "Ada Lovelace", scopes: ["documents:read", "documents:write", "admin"] },
  member: { name: "Grazia Deledda", scopes: ["documents:read", "documents:write"] },
  read_only: { name: "Umberto Eco", scopes: ["documents:read"] },
};
/** Far more than is sent: what is tried is no limit of requests. */
const REQUESTS_PER_SECOND = "100000";

/**
 * Makes a tenant with an administrator, a member and somebody who only reads.
 *
 * @param {string} name part of its name
 * @returns {Promise<Tenant>}
 */
export async function createTenant(name) {
  const fullName = `dashboard ${name} ${randomUUID()}`;
  const id = made(await admin("create-tenant", "--name", fullName), "id");
  try {
    await admin("set-quota", "--tenant", id, "--quota", "requests-per-second", "--limit", REQUESTS_PER_SECOND);
    const [administrator, member, reader] = await Promise.all([account(id, "admin"), account(id, "member"), account(id, "read_only")]);
    return { id, name: fullName, accounts: { admin: administrator, member, read_only: reader } };
  } catch (error) {
    await deleteTenant({ id, name: fullName });
    throw error;
  }
}

/**
 * Deletes a tenant with all that is its own; documents go in the background.
 *
 * @param {{ id: string, name: string }} tenant
 */
export async function deleteTenant({ id, name }) {
  await admin("delete-tenant", "--tenant", id, "--name", name);
}

/**
 * @param {string} tenant
 * @param {Role} role
 * @returns {Promise<Account>}
 */
async function account(tenant, role) {
  const { name, scopes } = USERS[role];
  const user = made(await admin("create-user", "--tenant", tenant, "--name", name, "--role", role), "id");
  const named = ["--tenant", tenant, "--user", user, "--name", `key of ${name}`];
  const key = made(await admin("create-key", ...named, ...scopes.flatMap((scope) => ["--scope", scope])), "key");
  return { user, name, key, api: new Api(address(), key) };
}

/**
 * @param {Record<string, string>} answer
 * @param {string} field
 */
function made(answer, field) {
  const value = answer[field];
  if (!value) throw new Error(`api admin printed no ${field}: ${JSON.stringify(Object.keys(answer))}`);
  return value;
}
