// Speaking to the server.

const KEY = "socrate-api-key";

export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

const authorization = () => ({ Authorization: `Bearer ${key.get()}` });

async function call(method, path, headers = {}) {
  const response = await fetch(path, { method, headers: { ...authorization(), ...headers } });
  if (!response.ok && response.status !== 304) {
    const problem = await response.json().catch(() => ({}));
    throw new Problem(response.status, problem.code, problem.message ?? response.statusText);
  }
  return response;
}

export const list = async () => (await (await call("GET", "/api/documents?limit=100")).json()).documents;
export const cancel = (id) => call("POST", `/api/documents/${id}/cancel`);
export const retry = (id) => call("POST", `/api/documents/${id}/retry`);
export const remove = (id) => call("DELETE", `/api/documents/${id}`);

export async function details(id) {
  return (await call("GET", `/api/documents/${id}`)).json();
}

// Answers null where nothing has changed since the tag.
export async function status(id, tag) {
  const response = await call("GET", `/api/documents/${id}/status`, tag ? { "If-None-Match": tag } : {});
  if (response.status === 304) return null;
  return { ...(await response.json()), tag: response.headers.get("ETag") };
}

export async function download(id, part, name) {
  const blob = await (await call("GET", `/api/documents/${id}/${part}`)).blob();
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

// `progress` is told the share that has been sent, 0 to 1. An upload says how far it is only to XMLHttpRequest.
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("file", file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", "/api/documents/upload");
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = request.response ?? {};
      if (request.status === 202) resolve(answer.document_id);
      else reject(new Problem(request.status, answer.code, answer.message ?? request.statusText));
    });
    request.addEventListener("error", () => reject(new Problem(0, "unreachable", "")));
    request.send(form);
  });
}
