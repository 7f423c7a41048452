// The draft of a report: one a phone, kept with its pictures until the report has arrived. It has a key of its own, so
// that however often it is sent, one report comes of it.
const STORE = "drafts";
const ONE = "report";
const FLAG = "draft";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("qunzhifen-drafts", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(mode, act) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(STORE, mode);
      const asked = act(change.objectStore(STORE));
      change.oncomplete = () => resolve(asked.result);
      change.onerror = () => reject(change.error);
      change.onabort = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}

/** Whether a draft waits to be sent; asked without opening the store. */
export const waits = () => localStorage.getItem(FLAG) === "waits";

/** The draft, or nothing. */
export const read = () => inStore("readonly", (store) => store.get(ONE));

/** Keeps the draft; with `ready` it is sent as soon as there is a network. */
export async function keep(draft) {
  await inStore("readwrite", (store) => store.put(draft, ONE));
  localStorage.setItem(FLAG, draft.ready ? "waits" : "kept");
}

/** Forgets the draft. */
export async function drop() {
  await inStore("readwrite", (store) => store.delete(ONE));
  localStorage.removeItem(FLAG);
}

/** A key for one report. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Pictures as they are kept: bytes, which every browser's store takes. */
export const packed = (files) =>
  Promise.all(files.map(async (file) => ({ name: file.name, type: file.type, bytes: await file.arrayBuffer() })));

/** Pictures as a form takes them. */
export const unpacked = (pictures) => pictures.map(({ name, type, bytes }) => new File([bytes], name, { type }));

/** Sends the draft. Gives `to`, where it led, or `html`, what was wrong; throws when it did not get through. */
export async function send(draft, csrf) {
  const body = new FormData();
  body.set("once", draft.once);
  for (const [name, value] of Object.entries(draft.fields)) body.set(name, value);
  for (const file of unpacked(draft.pictures)) body.append("pictures", file, file.name);
  const headers = { "HX-Request": "true", "HX-Current-URL": new URL("/report", location.origin).href, "X-CSRF-Token": csrf };
  const answer = await fetch("/report", { method: "POST", body, headers });
  const to = answer.headers.get("HX-Redirect");
  if (to) return { to, arrived: to.startsWith("/reports") };
  if (answer.status >= 500) throw new TypeError(String(answer.status));
  return { html: await answer.text() };
}
