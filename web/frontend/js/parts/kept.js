// What this phone keeps of opened vouchers: their pages (a cache), and for codes that change a key that cannot be read
// out again (IndexedDB). Both go when the voucher was used, and when somebody signs out or in.
import { storeOf } from "./store.js";

const PAGES = "vouchers";
const keys = /* @__PURE__ */ storeOf("qunzhifen", "keys");

export const findKey = (voucher) => keys.read((store) => store.get(voucher));
export const keepKey = (voucher, value) => keys.write((store) => store.put(value, voucher));

/** The page of a voucher, to be shown without a network. */
export const keepPage = async (path, answer) => (await caches.open(PAGES)).put(path, answer);
export const findPage = async (path) => (await caches.open(PAGES)).match(path);
export const keptPaths = async () => (await (await caches.open(PAGES)).keys()).map((request) => new URL(request.url).pathname);

/** Forgets one voucher, by its address. */
export async function forget(path) {
  await (await caches.open(PAGES)).delete(path);
  await keys.write((store) => store.delete(path.split("/").pop()));
}

export async function forgetAll() {
  await caches.delete(PAGES);
  await keys.write((store) => store.clear());
}
