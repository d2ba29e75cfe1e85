// Bundles the explorer into dist/, which the Go server embeds.
//
// dist/index.html and dist/LICENSES.txt keep their names; every file in
// dist/assets/ carries a hash of its content in its name, so that browsers
// may keep it for ever. The same package-lock.json gives the same bytes.
import * as esbuild from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(fileURLToPath(import.meta.url));
const base = "/explorer/"; // where the server serves dist/ (see ../explorer.go)
const limit = 6_000_000; // bytes of all bundles
let size = 0;
const packages = new Set(); // directories of the npm packages that are in the bundles

/** Smaller parts in place of those that GraphiQL asks for. */
const substitutes = {
  name: "substitutes",
  setup({ onResolve }) {
    const src = (name) => () => ({ path: path.join(root, "src", name) });
    onResolve({ filter: /^(monaco-graphql\/esm|\.)\/monaco-editor(\.js)?$/ }, src("monaco.js"));
    onResolve({ filter: /^prettier\/(parser-babel|plugins\/estree)$/ }, src("jsonc.js"));
  },
};

/** GraphiQL titles its icons after their functions: keep those names through minifying. */
const iconNames = {
  name: "icon names",
  setup({ onLoad }) {
    onLoad({ filter: /@graphiql\/react\/dist\/icons\/[^/]+\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const [, name] = text.match(/export { (\w+) as default }/) ?? [];
      return name && { contents: `${text}\nObject.defineProperty(${name}, "name", { value: "${name}" });` };
    });
  },
};

/** Bundles entries ({name: source}) and returns {name: {js, css}} as addresses. */
async function bundle(entries, options = {}) {
  const { metafile } = await esbuild.build({
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: source, out })),
    absWorkingDir: root,
    outdir: "dist/assets",
    publicPath: base + "assets/",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    legalComments: "none", // all licences are in LICENSES.txt
    target: "es2022",
    jsx: "automatic",
    plugins: [substitutes, iconNames],
    loader: { ".graphql": "text", ".ttf": "file" },
    metafile: true,
    logLevel: "warning",
    ...options,
    define: { "process.env.NODE_ENV": '"production"', ...options.define },
  });
  const address = (file) => file.replace(/^dist\//, base);
  const built = {};
  for (const [file, output] of Object.entries(metafile.outputs)) {
    size += output.bytes;
    for (const input of Object.keys(output.inputs)) {
      const [dir] = input.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/) ?? [];
      if (dir) packages.add(dir);
    }
    if (!output.entryPoint) continue;
    const name = Object.keys(entries).find((n) => path.basename(file).startsWith(n + "-"));
    built[name] = { js: address(file), css: output.cssBundle && address(output.cssBundle) };
  }
  return built;
}

// Packages that name a licence but leave its text in their repository, and
// the package from the same repository that brings it.
const licensedLike = {
  "@graphiql/plugin-doc-explorer": "@graphiql/toolkit",
  "@graphiql/plugin-history": "@graphiql/toolkit",
  "react-compiler-runtime": "react",
  "react-remove-scroll-bar": "react-remove-scroll",
};

/** The licence texts of the bundled packages; packages with the same text share it. */
async function licenses() {
  const holders = new Map(); // text → packages
  for (const dir of [...packages].sort()) {
    const pkg = JSON.parse(await readFile(path.join(root, dir, "package.json"), "utf8"));
    const from = path.join(root, pkg.name in licensedLike ? `node_modules/${licensedLike[pkg.name]}` : dir);
    const files = (await readdir(from)).filter((f) => /^(licen[cs]e|notice|thirdpartynotices)/i.test(f)).sort();
    if (files.length === 0) throw new Error(`${dir} brings no licence text: name its source in licensedLike`);
    for (const file of files) {
      const text = (await readFile(path.join(from, file), "utf8")).replaceAll("\r\n", "\n").trim();
      holders.set(text, [...(holders.get(text) ?? []), `${pkg.name} ${pkg.version} (${pkg.license})`]);
    }
  }
  const rule = "\n\n" + "=".repeat(78) + "\n\n";
  const intro = "The API explorer of Skill Atlas contains code of the npm packages below.";
  return [intro, ...[...holders].map(([text, names]) => names.join("\n") + "\n\n" + text)].join(rule) + "\n";
}

const write = (name, text) => writeFile(path.join(root, "dist", name), text);

await rm(path.join(root, "dist"), { recursive: true, force: true });
await mkdir(path.join(root, "dist"), { recursive: true });

const workers = await bundle(
  {
    editor: "monaco-editor/esm/vs/editor/editor.worker.js",
    graphql: "monaco-graphql/esm/graphql.worker.js",
    json: "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  { format: "iife" },
);
const addresses = Object.fromEntries(Object.entries(workers).map(([name, { js }]) => [name, js]));
const { explorer } = await bundle(
  { explorer: "src/app.jsx" },
  { format: "esm", define: { WORKERS: JSON.stringify(addresses) } },
);
const source = (name) => readFile(path.join(root, "src", name), "utf8");
const values = {
  css: explorer.css,
  icon: "data:image/svg+xml," + encodeURIComponent((await source("icon.svg")).trim()),
  js: explorer.js,
};
await write("index.html", (await source("index.html")).replace(/{{(\w+)}}/g, (_, name) => values[name]));
await write("LICENSES.txt", await licenses());

// A release of GraphiQL that imports by other names would go round the substitutes unnoticed.
if (size > limit) throw new Error(`the bundles have ${size} bytes, more than ${limit}: do the substitutes still apply?`);
