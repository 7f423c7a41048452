// Builds what browsers load: web/static/dist/, with the hash of its content in each name, and manifest.json, which gives
// the file of each logical name. Run by `make build`; the pages find their files through the manifest.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { Resvg } from "@resvg/resvg-js";
import esbuild from "esbuild";

import { iconSprite, pictureSprite, plainSvg } from "./sprites.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const dist = join(root, "web/static/dist");
const modules = join(root, "node_modules");

const WORKER = "sw"; // names the files below
const READER = "zxing"; // is named by the camera
const MODULES = readdirSync(join(here, "js")).filter((name) => name.endsWith(".js")).map((name) => basename(name, ".js")).filter((name) => name !== WORKER && name !== READER);
// What the service worker keeps from the start, the rest as it is used: what every page is made of, and residents' own.
const SHELL = ["app.css", "app.js", "icons.svg", "art.svg"];
const RESIDENT = ["code.js", "qr.js", "offline.js", "report.js"];
const PNG = { "icon-192.png": ["app-icon", 192], "icon-512.png": ["app-icon", 512], "icon-maskable-512.png": ["app-icon-maskable", 512], "apple-touch-icon.png": ["app-icon-maskable", 180] };
const COMPRESSIBLE = new Set([".css", ".js", ".svg", ".wasm", ".json"]);
const SMALL = 1024;
const LARGE = 256 * 1024;

/** The style sheet: Tailwind reads the templates and keeps what they use. */
function css() {
  const folder = mkdtempSync(join(tmpdir(), "qunzhifen-css-"));
  const out = join(folder, "app.css");
  const tailwind = join(modules, "@tailwindcss/cli/dist/index.mjs");
  const ran = spawnSync(process.execPath, [tailwind, "-i", join(here, "css/app.css"), "-o", out, "--minify"], { cwd: root, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(ran.stderr || String(ran.error));
  const text = readFileSync(out);
  rmSync(folder, { recursive: true });
  return text;
}

/** These modules of ours, each bundled with what it imports. `known` gives values that a module needs by name. */
async function scripts(names, known) {
  const made = await esbuild.build({
    entryPoints: names.map((name) => join(here, "js", `${name}.js`)),
    outdir: dist, bundle: true, format: "esm", minify: true, legalComments: "none", target: "es2022", write: false,
    nodePaths: [modules], external: ["/static/*"],
    define: Object.fromEntries(Object.entries(known).map(([name, value]) => [name, JSON.stringify(value)])),
  });
  return new Map(made.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
}

const built = {};
const sizes = [];
const address = (name) => `/static/${built[name]}`;

/** Puts a file under a name with its hash, and beside it what a browser may have compressed. */
function put(name, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const file = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  const target = join(dist, file);
  let small = bytes.length;
  const compress = COMPRESSIBLE.has(extname(name)) && bytes.length > SMALL;
  if (!existsSync(target) || (compress && !existsSync(`${target}.br`))) {
    writeFileSync(target, bytes);
    if (compress) {
      writeFileSync(`${target}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(`${target}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: bytes.length > LARGE ? 9 : 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
    }
  }
  if (compress) small = readFileSync(`${target}.br`).length;
  built[name] = file;
  sizes.push([name, bytes.length, small]);
}

mkdirSync(dist, { recursive: true });
put("zxing_reader.wasm", readFileSync(join(modules, "zxing-wasm/dist/reader/zxing_reader.wasm")));
put("app.css", css());
put("desk.css", (await esbuild.build({ entryPoints: [join(here, "css/desk.css")], bundle: true, minify: true, write: false, target: "es2022" })).outputFiles[0].contents);
put("icons.svg", iconSprite());
put("art.svg", pictureSprite("art"));
put("pictures.svg", pictureSprite("pictures"));
put("favicon.svg", plainSvg("brand/mark"));
for (const [name, [drawing, size]] of Object.entries(PNG)) {
  put(name, new Resvg(plainSvg(`brand/${drawing}`), { fitTo: { mode: "width", value: size } }).render().asPng());
}
for (const [name, content] of await scripts([READER], { WASM_ADDRESS: address("zxing_reader.wasm") })) put(name, content);
for (const [name, content] of await scripts(MODULES, { ZXING_ADDRESS: address("zxing.js") })) put(name, content);
for (const [name, content] of await scripts([WORKER], { SHELL: SHELL.map(address), RESIDENT: RESIDENT.map(address) })) put(name, content);

const manifest = join(dist, "manifest.json");
writeFileSync(`${manifest}.new`, `${JSON.stringify(built, Object.keys(built).sort(), 2)}\n`);
renameSync(`${manifest}.new`, manifest);
const wanted = new Set(["manifest.json", ...Object.values(built).flatMap((file) => [file, `${file}.gz`, `${file}.br`])]);
for (const file of readdirSync(dist)) if (!wanted.has(file)) rmSync(join(dist, file), { recursive: true });

if (process.argv.includes("--sizes")) {
  for (const [name, plain, small] of sizes) console.log(`${name.padEnd(24)} ${String(plain).padStart(9)} B  compressed ${String(small).padStart(8)} B`);
}
