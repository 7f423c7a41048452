// The draft of a report: one a phone, kept with its pictures until the report has arrived. It has a key of its own, so
// that however often it is sent, one report comes of it.
import { storeOf } from "./store.js";

const ONE = "report";
const FLAG = "draft";
const drafts = storeOf("qunzhifen-drafts", "drafts");

/** Whether a draft waits to be sent; asked without opening the store. */
export const waits = () => localStorage.getItem(FLAG) === "waits";

/** The draft, or nothing. */
export const read = () => drafts.read((store) => store.get(ONE));

/** Keeps the draft; with `ready` it is sent as soon as there is a network. */
export async function keep(draft) {
  await drafts.write((store) => store.put(draft, ONE));
  localStorage.setItem(FLAG, draft.ready ? "waits" : "kept");
}

/** Forgets the draft. */
export async function drop() {
  await drafts.write((store) => store.delete(ONE));
  localStorage.removeItem(FLAG);
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
