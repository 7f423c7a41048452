// The till's part of the service worker: its page is there without a network. The network comes first, what it gave is
// kept; whoever signs out takes the kept pages along.
const CACHE = "till-1";
const KEPT = ["/till", "/till/training"];
const INSTEAD = "/till/offline";
const PATIENCE_MS = 4000;
const FOR_PHONES = ".png"; // icons of a phone's home screen, which ask for no network themselves

export const isTill = (path) => path === "/till" || path.startsWith("/till/");

async function keep(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) return;
  const cache = await caches.open(CACHE);
  const files = new Set((await response.clone().text()).match(/\/static\/[\w.-]+/g).filter((file) => !file.endsWith(FOR_PHONES)));
  const had = await Promise.all([...files].map((file) => caches.match(file)));
  await cache.addAll([...files].filter((_, place) => !had[place]));
  await cache.put(path, response); // last: a page that is kept has all that it needs
  for (const old of await cache.keys()) {
    const { pathname } = new URL(old.url);
    if (path === KEPT[0] && pathname.startsWith("/static/") && !files.has(pathname) && !pathname.endsWith(".wasm")) await cache.delete(old);
  }
}

async function page(request, path) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    const kept = await caches.match(KEPT.includes(path) ? path : INSTEAD, { cacheName: CACHE });
    return kept ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (pathname.startsWith("/sign-out")) event.waitUntil(caches.delete(CACHE));
  if (isTill(pathname) && request.method === "GET" && request.mode === "navigate") {
    event.stopImmediatePropagation();
    event.respondWith(page(request, pathname));
  }
});

self.addEventListener("message", (event) => {
  if (KEPT.includes(event.data?.keep)) event.waitUntil(Promise.all([keep(event.data.keep), keep(INSTEAD)]));
});
