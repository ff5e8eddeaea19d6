// The HTTP API with somebody's key: by it a flow has documents before it looks at them, and sees what the dashboard did.

import { Failure } from "./failure.mjs";
import { until } from "./until.mjs";

/** @import { TestFile } from "./documents.mjs" */

/** States that a document stays in. */
const ENDS = ["ready", "failed"];
/** So much of an answer is told, in characters. */
const TOLD = 400;

export class Api {
  /**
   * @param {string} url
   * @param {string} key
   */
  constructor(url, key) {
    this.url = url;
    this.key = key;
  }

  /**
   * The answer to a request, which must succeed: its JSON, or `null` where it has no body.
   *
   * @param {string} method
   * @param {string} path
   * @param {object | FormData} [content] a form, or else what is sent as JSON
   * @returns {Promise<any>}
   */
  async send(method, path, content) {
    const { status, body } = await this.exchange(method, path, content);
    if (status >= 300) throw new Failure(`${method} ${path} answers ${status}: ${body.slice(0, TOLD)}`);
    return body ? JSON.parse(body) : null;
  }

  /**
   * The answer to a request, whatever its status.
   *
   * @param {string} method
   * @param {string} path
   * @param {object | FormData} [content] a form, or else what is sent as JSON
   */
  async exchange(method, path, content) {
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.key}` };
    const isForm = content instanceof FormData;
    if (content && !isForm) headers["Content-Type"] = "application/json";
    const body = isForm || !content ? content : JSON.stringify(content);
    const answer = await fetch(this.url + path, { method, headers, body }).catch((error) => {
      throw new Failure(`${method} ${path}: no answer from ${this.url}: ${error.cause?.message ?? error.message}`, { cause: error });
    });
    return { status: answer.status, body: await answer.text() };
  }

  /**
   * Uploads a file; the document's id.
   *
   * @param {TestFile} file
   * @param {Record<string, string>} [options] further fields of the form, such as `queue`
   * @returns {Promise<string>}
   */
  async upload(file, options = {}) {
    const form = new FormData();
    for (const [name, value] of Object.entries(options)) form.append(name, value);
    form.append("file", new Blob([new Uint8Array(file.buffer)], { type: file.mimeType }), file.name);
    return (await this.send("POST", "/api/documents/upload", form)).document_id;
  }

  /**
   * What the API says of a document now.
   *
   * @param {string} document
   */
  status(document) {
    return this.send("GET", `/api/documents/${document}/status`);
  }

  /**
   * Cancels a document, as soon as it can be: one that has just been uploaded has nothing to cancel yet.
   *
   * @param {string} document
   */
  async cancel(document) {
    await until(`document ${document} to be cancelled`, async () => (await this.exchange("POST", `/api/documents/${document}/cancel`)).status === 202);
  }

  /**
   * Waits until a document has one of these states.
   *
   * @param {string} document
   * @param {string[]} wanted such as `ready`
   */
  untilStatus(document, ...wanted) {
    return until(`document ${document} to be ${wanted.join(" or ")}`, async () => {
      const found = await this.status(document);
      if (wanted.includes(found.status)) return found;
      if (ENDS.includes(found.status)) throw new Failure(`document ${document} is to be ${wanted.join(" or ")}, and is ${found.status}: ${found.message}`);
      return false;
    });
  }
}
