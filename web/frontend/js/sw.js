// The service worker of residents' pages. It keeps what every page is made of (by version), a page for when there is no
// network, and the vouchers that were opened, of whoever is signed in here. Everything else comes from the network.
import { isTill } from "./parts/till-shell.js"; // first: what is the till's goes no further

import { findPage, forget, forgetAll, keepPage, keptPaths } from "./parts/kept.js";

const FILES = SHELL; // the built files of every page, and of residents' pages alone, put in by the build
const OWN = RESIDENT;
const OFFLINE = "/offline";
const CACHE = `shell-${[...FILES, ...OWN].map((name) => name.slice(name.lastIndexOf("-") + 1).split(".")[0]).join("")}`;
const VOUCHER = /^\/code\/[0-9a-f-]{36}$/;
const DOOR = /^\/(sign-in|sign-out)(\/|$)/;
const CHOICE = /^\/(view|language)$/;
const REPORT = "/report"; // its form opens without a network too: what is written there waits on the phone
const FORMS = "forms";
const PATIENCE_MS = 4000;

addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(dropOldShells().then(() => clients.claim()));
});

addEventListener("message", (event) => {
  if (VOUCHER.test(event.data?.keep)) event.waitUntil(fetch(event.data.keep).then((answer) => keepOrForget(event.data.keep, answer)));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (pathname.startsWith("/static/")) event.respondWith(fromShell(request));
  else if (DOOR.test(pathname) && request.mode === "navigate") event.respondWith(throughTheDoor(event));
  else if (CHOICE.test(pathname)) event.respondWith(changed(event));
  else if (request.mode === "navigate" && request.method === "GET") event.respondWith(fromNetwork(event, pathname));
});

async function keepShell() {
  await (await caches.open(CACHE)).addAll(FILES);
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!pages.every((page) => isTill(new URL(page.url).pathname))) await keepOwn();
}

/** What only residents' pages need, and the page for no network: a till has no use for it. */
async function keepOwn() {
  const cache = await caches.open(CACHE);
  if (!(await cache.match(OFFLINE))) await cache.addAll([...OWN, OFFLINE]);
}

async function dropOldShells() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** A built file: its name says its content, so the one that is kept is the one. */
async function fromShell(request) {
  const cache = await caches.open(CACHE);
  const kept = (await cache.match(request)) ?? (await caches.match(request));
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** Whoever comes or goes: nothing of the one before stays. */
async function throughTheDoor(event) {
  event.waitUntil(Promise.all([forgetAll(), caches.delete(FORMS)]));
  try {
    return await fetch(event.request);
  } catch {
    return offline();
  }
}

/** Language or view were chosen: the page for no network follows. */
async function changed(event) {
  const answer = await fetch(event.request);
  event.waitUntil(caches.open(CACHE).then((cache) => cache.add(OFFLINE)));
  return answer;
}

/** The page as it is now; without a network the voucher that was kept, or a word. */
async function fromNetwork(event, path) {
  const kept = VOUCHER.test(path) ? await findPage(path) : path === REPORT ? await (await caches.open(FORMS)).match(path) : undefined;
  const asked = fetch(event.request);
  try {
    const answer = await (kept ? Promise.race([asked, late()]) : asked);
    event.waitUntil(keepOwn());
    if (VOUCHER.test(path)) event.waitUntil(keepOrForget(path, answer.clone()));
    else event.waitUntil(forgetUsed());
    if (path === REPORT && answer.ok && !answer.redirected) event.waitUntil(keepForm(path, answer.clone()));
    return answer;
  } catch {
    asked.catch(() => {});
    return kept ?? offline();
  }
}

const late = () => new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
const offline = async () => (await (await caches.open(CACHE)).match(OFFLINE)) ?? Response.error();

/** Kept is only what says that it may be: the page of a voucher that can still be used. */
async function keepOrForget(path, answer) {
  if (answer.ok && !answer.redirected && answer.headers.get("Keep-Offline") === "voucher") await keepPage(path, answer);
  else if (answer.ok || answer.status === 404) await forget(path);
}

const keepForm = async (path, answer) => (await caches.open(FORMS)).put(path, answer);

/** Vouchers that were used meanwhile, perhaps while this phone was away, are kept no longer. */
async function forgetUsed() {
  const paths = await keptPaths();
  if (!paths.length) return;
  const answer = await fetch("/live/now");
  if (!answer.ok) return;
  const ended = (await answer.json()).vouchers.filter((voucher) => voucher.state !== "issued").map((voucher) => `/code/${voucher.id}`);
  await Promise.all(paths.filter((path) => ended.includes(path)).map(forget));
}
