// A page to read and try the HTTP API, made from its own description.

import { key } from "/static/client.js";
import { element } from "/static/elements.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

const resolve = (description, schema) => {
  const name = schema?.$ref?.split("/").pop();
  return name ? description.components.schemas[name] : schema ?? {};
};

function field(name, note, required, type = "text") {
  const input = element("input", { type, name, required, autocomplete: "off" });
  return { name, input, view: element("label", {}, `${name}${required ? " *" : ""} ${note ?? ""}`, input) };
}

function formFields(description, operation) {
  const schema = resolve(description, operation.requestBody?.content?.["multipart/form-data"]?.schema);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const isFile = property.format === "binary";
    return field(name, property.description, (schema.required ?? []).includes(name), isFile ? "file" : "text");
  });
}

function view(description, path, method, operation) {
  const parameters = (operation.parameters ?? []).map((parameter) => ({
    ...field(parameter.name, parameter.description, parameter.required),
    place: parameter.in,
  }));
  const parts = formFields(description, operation);
  const output = element("pre", { "aria-live": "polite" });
  const form = element("form", {}, ...parameters.map((one) => one.view), ...parts.map((one) => one.view));
  form.append(element("button", { type: "submit" }, "Try it"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.textContent = "…";
    output.textContent = await send(path, method, parameters, parts).catch((error) => String(error));
  });
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) =>
    element("li", {}, `${status} ${answer.description ?? ""}`));
  return element(
    "details",
    {},
    element("summary", {}, element("code", {}, `${method.toUpperCase()} ${path}`), ` ${operation.summary ?? ""}`),
    element("p", {}, operation.description ?? ""),
    element("ul", {}, ...answers),
    form,
    output,
  );
}

async function send(path, method, parameters, parts) {
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const { name, place, input } of parameters.filter((one) => one.input.value)) {
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (place === "query") query.set(name, input.value);
    else headers[name] = input.value;
  }
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  let body;
  if (parts.length > 0) {
    body = new FormData();
    for (const { name, input } of parts) {
      if (input.type === "file" && input.files[0]) body.append(name, input.files[0]);
      else if (input.type !== "file" && input.value) body.append(name, input.value);
    }
  }
  const response = await fetch(query.size ? `${address}?${query}` : address, { method: method.toUpperCase(), headers, body });
  const said = await response.text();
  return `${response.status} ${response.statusText}\n${pretty(said).slice(0, 20000)}`;
}

function pretty(said) {
  try {
    return JSON.stringify(JSON.parse(said), null, 2);
  } catch {
    return said;
  }
}

const description = await (await fetch("/openapi.json")).json();
document.getElementById("title").textContent = description.info.title;
document.getElementById("description").textContent = description.info.description ?? "";
for (const [path, item] of Object.entries(description.paths)) {
  for (const method of METHODS.filter((name) => item[name])) {
    document.getElementById("operations").append(view(description, path, method, item[method]));
  }
}
document.getElementById("identity").addEventListener("submit", (event) => {
  event.preventDefault();
  key.set(document.getElementById("key").value.trim());
  document.getElementById("key").value = "";
});
