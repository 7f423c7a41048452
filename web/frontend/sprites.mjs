// Pictures for browsers: the icons that pages use (from lucide, and ours in icons/), and our drawings, as sprites of
// symbols. Drawings take their colours from CSS variables, so that they follow the theme.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const LUCIDE = join(root, "node_modules/lucide-static/icons");

/** How a template or a Python module names an icon: icon('check'), icon="check", 'icon': "check". */
const NAMED = /\bicon["']?\s*(?:\(|=|:)\s*["']([a-z][a-z0-9-]*)["'](?!, classes=\S+, sheet)/g;
/** A word that a template hands on, which may be an icon's name: lead='flame', ('clock', …). */
const HANDED_ON = /'([a-z][a-z0-9-]*)'/g;

function filesUnder(folder, ending) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function drawn(name) {
  return [join(here, "icons", `${name}.svg`), join(LUCIDE, `${name}.svg`)].find((file) => existsSync(file));
}

function matches(files, pattern) {
  return files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(pattern)].map((match) => match[1]));
}

function iconNames() {
  const listed = readFileSync(join(here, "icons/used.txt"), "utf8").split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const templates = filesUnder(join(root, "web/templates"), ".html");
  const named = matches([...templates, ...filesUnder(join(root, "web"), ".py")], NAMED);
  const handedOn = matches(templates, HANDED_ON).filter(drawn);
  return [...new Set([...listed, ...named, ...handedOn])].sort();
}

function inner(svg) {
  return svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "")
    .replace(/\s*\n\s*/g, " ").replace(/\s{2,}/g, " ").replace(/ \/>/g, "/>").replace(/> </g, "><").trim();
}

function viewBox(svg) {
  return /viewBox="([^"]+)"/.exec(svg)[1];
}

/** Every icon that is used, one symbol each; a name that nobody drew stops the build. */
export function iconSprite() {
  const symbols = iconNames().map((name) => {
    const file = drawn(name);
    if (!file) throw new Error(`There is no icon "${name}": neither in web/frontend/icons nor in lucide.`);
    const svg = readFileSync(file, "utf8");
    const look = file.startsWith(here) ? "" : ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="${viewBox(svg)}"${look}>${inner(svg)}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

/** All drawings of a folder, one symbol each. */
export function pictureSprite(folder) {
  const symbols = filesUnder(join(here, folder), ".svg").sort().map((file) => {
    const svg = readFileSync(file, "utf8");
    return `<symbol id="${basename(file, ".svg")}" viewBox="${viewBox(svg)}">${inner(svg)}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

/** A drawing for where no style sheet reaches: its variables replaced by the light theme's colours. */
export function plainSvg(name) {
  const tokens = readFileSync(join(here, "css/tokens.css"), "utf8");
  const light = Object.fromEntries([...tokens.split("@media")[0].matchAll(/(--art-[a-z-]+):\s*(#[0-9a-f]+)/g)].map((match) => [match[1], match[2]]));
  const svg = readFileSync(join(here, `${name}.svg`), "utf8").replace(/<!--[\s\S]*?-->\s*/g, "");
  return svg.replace(/var\((--[a-z-]+)\)/g, (_, variable) => {
    if (!light[variable]) throw new Error(`${name}.svg uses ${variable}, which css/tokens.css does not give a light colour.`);
    return light[variable];
  });
}
