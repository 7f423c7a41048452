// The page of a code: keeps the screen on, hears when the voucher is used or the use is undone, keeps the page for when
// there is no network, and changes codes that rotate, with and without one.
import { findKey, findPage, forget, keepKey } from "./parts/kept.js";

const ASK_MS = 10_000; // now and then, although events come
const ASK_OFTEN_MS = 2_000; // while none come
const GROUP = 4;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PROOF_BYTES = 5;

const place = document.getElementById("code");
const voucher = place.dataset.voucher;
const path = `/code/${voucher}`;
const shelf = () => place.querySelector("[data-shelf]").dataset.shelf;
let rotation;

// The screen stays on while the code is looked at, where the browser can.
async function stayOn() {
  if (document.visibilityState === "visible" && shelf() === "issued") await navigator.wakeLock?.request("screen").catch(() => {});
}

// What became of the voucher.
async function ask(seen = shelf()) {
  if (!navigator.onLine) return;
  const answer = await fetch(`${path}/now?seen=${seen}`).catch(() => null);
  if (answer?.status !== 200 || answer.redirected) return;
  place.innerHTML = await answer.text();
  begin();
}

function listen() {
  const events = new EventSource("/live");
  let hears = false;
  let asked = Date.now();
  const askNow = () => {
    asked = Date.now();
    return ask();
  };
  for (const kind of ["hello", "reconnected"]) events.addEventListener(kind, () => {
    hears = true;
    askNow();
  });
  events.addEventListener("interrupted", () => (hears = false));
  events.addEventListener("error", () => (hears = false));
  for (const kind of ["voucher.redeemed", "voucher.undone"]) events.addEventListener(kind, (event) => {
    if (JSON.parse(event.data).voucher === voucher) askNow();
  });
  setInterval(() => {
    const patience = hears && events.readyState === EventSource.OPEN ? ASK_MS : ASK_OFTEN_MS;
    if (document.visibilityState === "visible" && Date.now() - asked >= patience) askNow();
  }, ASK_OFTEN_MS / 2);
  addEventListener("online", askNow);
  document.addEventListener("visibilitychange", () => {
    stayOn();
    if (document.visibilityState === "visible") askNow();
  });
}

// The page is kept by the service worker; one that does not watch this page yet is told to.
function keep() {
  if (!("serviceWorker" in navigator)) return;
  if (shelf() === "issued") navigator.serviceWorker.ready.then((worker) => worker.active.postMessage({ keep: path })).then(sayKept);
  else forget(path);
}

/** Says that it is kept once it is. */
async function sayKept() {
  for (let tries = 0; tries < 20; tries += 1) {
    const rotates = place.querySelector("[data-rotates]");
    if ((await findPage(path)) && (!rotates || (await findKey(voucher)))) {
      place.querySelector("[data-kept]")?.removeAttribute("hidden");
      return;
    }
    await new Promise((soon) => setTimeout(soon, 250));
  }
}

// A code that rotates: the finder stays, the proof is HMAC-SHA256 of the step under the voucher's own secret.
async function ownKey() {
  const kept = await findKey(voucher).catch(() => undefined);
  if (kept) return kept;
  const token = document.querySelector('meta[name="csrf"]').content;
  const answer = await fetch(`${path}/secret`, { method: "POST", headers: { "X-CSRF-Token": token } });
  if (!answer.ok) throw new Error("no secret");
  const told = await answer.json();
  const secret = Uint8Array.from(atob(told.secret), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const made = { key, finder: told.finder, every: told.rotates_every * 1000, ahead: Date.parse(told.now) - Date.now() };
  await keepKey(voucher, made).catch(() => {});
  return made;
}

function base32(bytes) {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let left = bytes.length * 8; left > 0; left -= 5) text += ALPHABET[Number((bits >> BigInt(left - 5)) & 31n)];
  return text;
}

async function codeNow(own) {
  const step = Math.floor((Date.now() + own.ahead) / own.every);
  const proof = await crypto.subtle.sign("HMAC", own.key, new TextEncoder().encode(`step ${step}`));
  return own.finder + base32(new Uint8Array(proof, 0, PROOF_BYTES));
}

async function show(own, module) {
  const code = await codeNow(own);
  const part = place.querySelector("[data-code]");
  if (!part || part.dataset.shown === code) return;
  part.dataset.shown = code;
  part.querySelector(".qr").replaceChildren(module.draw(code, place.dataset.textCode));
  const groups = part.querySelector(".code");
  groups.replaceChildren(...code.match(new RegExp(`.{${GROUP}}`, "g")).map((group) => Object.assign(document.createElement("span"), { textContent: group })));
  groups.dataset.say = [...code].join(" ");
}

async function rotate() {
  clearInterval(rotation);
  if (!place.querySelector("[data-rotates]")) return;
  if (!crypto.subtle) { // a site without https: the server draws each code
    rotation = setInterval(() => ask(""), ASK_MS);
    return;
  }
  try {
    const [own, module] = await Promise.all([ownKey(), import(place.dataset.qr)]);
    await show(own, module);
    rotation = setInterval(() => show(own, module), 1000);
  } catch {
    place.querySelector("[data-code]").hidden = true;
    place.querySelector("[data-said]").hidden = true;
    place.querySelector("[data-stale]").hidden = false;
    addEventListener("online", () => ask(""), { once: true });
  }
}

function begin() {
  keep();
  rotate();
  stayOn();
}

begin();
listen();
