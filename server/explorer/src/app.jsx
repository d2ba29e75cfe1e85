import { createRoot } from "react-dom/client";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./app.css";
import examples from "./examples.graphql";

// The build replaces WORKERS by the addresses of the bundled workers.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKERS[label] ?? WORKERS.editor, { name: label }),
};

// A request id names one attempt to write: the server answers a repeated one
// with the first outcome. Hence every visitor starts with another.
// (crypto.randomUUID is missing where the page is served over plain http.)
function requestId() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// Blank lines part the examples; each opens in a tab of its own.
const tabs = examples
  .replace("00000000-0000-4000-8000-000000000000", requestId)
  .trim()
  .split(/\n\n+/)
  .map((query) => ({ query: query + "\n" }));

// Headers may hold a token, so they are never written to local storage, where
// GraphiQL keeps those of past operations even when it is not to persist them.
const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, withoutHeaders(value)),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  get length() {
    return localStorage.length;
  },
};

function withoutHeaders(value) {
  try {
    return JSON.stringify(JSON.parse(value), (name, part) => (name === "headers" ? undefined : part));
  } catch {
    return value; // not JSON: a setting
  }
}

createRoot(document.getElementById("explorer")).render(
  <GraphiQL
    fetcher={createGraphiQLFetcher({ url: "/graphql", enableIncrementalDelivery: false })}
    defaultTabs={tabs}
    shouldPersistHeaders={false}
    storage={storage}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>Skill Atlas</GraphiQL.Logo>
  </GraphiQL>,
);
