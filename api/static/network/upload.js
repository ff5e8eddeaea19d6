// Sending a file. How far it is, an upload says to XMLHttpRequest alone.

import { ApiError, credentials, errorOf } from "./client.js";

/**
 * @param {File} file
 * @param {object} options
 * @param {(share: number) => void} options.onProgress told what has been sent, 0 to 1
 * @param {AbortSignal} options.signal
 * @param {string} options.idempotencyKey the same for each attempt at one upload, so that an answer that was lost makes no second document
 * @returns {Promise<{ id: string, reused: boolean }>}
 * @throws {ApiError} and an AbortError
 */
export function upload(file, { onProgress, signal, idempotencyKey }) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new DOMException("aborted", "AbortError"));
      return;
    }
    const form = new FormData();
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/documents/upload");
    const headers = { ...credentials(), "Idempotency-Key": idempotencyKey };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 202) resolve({ id: request.response.document_id, reused: request.response.reused === true });
      else reject(errorOf(request.status, request.response, request.getResponseHeader("Retry-After")));
    });
    request.addEventListener("error", () => reject(new ApiError(0, "unreachable", "")));
    request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}
