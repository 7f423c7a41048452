// What this phone keeps of opened vouchers: their pages (a cache), and for codes that change a key that cannot be read
// out again (IndexedDB). Both go when the voucher was used, and when somebody signs out or in.
const PAGES = "vouchers";
const KEYS = "keys";

function database() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("qunzhifen", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(KEYS);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inKeys(mode, act) {
  const opened = await database();
  return new Promise((resolve, reject) => {
    const asked = act(opened.transaction(KEYS, mode).objectStore(KEYS));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  }).finally(() => opened.close());
}

export const findKey = (voucher) => inKeys("readonly", (keys) => keys.get(voucher));
export const keepKey = (voucher, value) => inKeys("readwrite", (keys) => keys.put(value, voucher));

/** The page of a voucher, to be shown without a network. */
export const keepPage = async (path, answer) => (await caches.open(PAGES)).put(path, answer);
export const findPage = async (path) => (await caches.open(PAGES)).match(path);
export const keptPaths = async () => (await (await caches.open(PAGES)).keys()).map((request) => new URL(request.url).pathname);

/** Forgets one voucher, by its address. */
export async function forget(path) {
  await (await caches.open(PAGES)).delete(path);
  await inKeys("readwrite", (keys) => keys.delete(path.split("/").pop()));
}

export async function forgetAll() {
  await caches.delete(PAGES);
  await inKeys("readwrite", (keys) => keys.clear());
}
