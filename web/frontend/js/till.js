// The till. A code comes from a scan gun, the camera, a picture or fingers; its answer fills the screen; the focus
// always comes back to the one field. Without a network scans wait in the browser: nothing is green before the server
// said so. In training (data-training) made-up codes get made-up answers, and no server is asked.
import { arrange } from "./parts/rows.js";
import { toast } from "./parts/toast.js";
import { kindOf, listen, plain } from "./parts/till-keys.js";
import { hide, show, showing } from "./parts/till-result.js";
import { ask, readPicture } from "./parts/till-server.js";
import { play } from "./parts/till-sound.js";
import * as training from "./parts/till-training.js";
import * as waiting from "./parts/till-waiting.js";
import { dayOf, refusal, said, timeOf, yuan } from "./parts/till-words.js";

const RECENT = 5;
const SAME_IN_VIEW_MS = 6000;
const at = (id) => document.getElementById(id);
const form = at("scan-form");
const field = at("code");
const { clerk, place } = form.dataset;
const practising = "training" in form.dataset;
const recent = [];
const sound = document.querySelector('[name="till-sound"]');
const look = document.querySelector('[name="till-look"]');
let turn = Promise.resolve();
let decided = () => {};
let undoing;
let lastSeen = { text: "", at: 0 };
let closeCamera = () => {};

const bodyOf = (code) => JSON.stringify(place ? { code, till_id: place } : { code });

function back() {
  if (!document.querySelector("dialog[open]")) field.focus({ preventScroll: true });
}

function say(text, bad = false) {
  at("said").textContent = text;
  at("said").classList.toggle("is-bad", bad);
}

function tell(outcome, code) {
  const entry = { ...outcome, code, at: Date.now() };
  if (outcome.made) entry.undoBy = Date.now() + (new Date(outcome.made.undo_until) - new Date(outcome.made.redeemed_at));
  recent.unshift(entry);
  recent.length = Math.min(recent.length, RECENT);
  drawRecent();
  say("");
  show(outcome, { silent: !sound.checked, undo: entry.undoBy && (() => askWhy(entry)), closed: back });
}

function newRow(entry) {
  const row = at("row").content.firstElementChild.cloneNode(true);
  const word = entry.word ?? (entry.tone === "good" ? "" : document.querySelector(`#result-${entry.tone}`).content.querySelector(".result-word").textContent);
  row.querySelector(".row-title").textContent = entry.made ? entry.title : word;
  row.querySelector(".row-figure").textContent = entry.made ? yuan(entry.made.value_fen) : "";
  if (entry.undoBy) row.append(Object.assign(waiting.button("", () => askWhy(entry)), { ariaLabel: `${said("undo")} ${entry.title}` }));
  return row;
}

/** The row of an entry stays the same while its seconds run down. */
function rowOf(entry) {
  const row = (entry.row ??= newRow(entry));
  waiting.mark(row, entry.undone ? "none" : entry.tone);
  row.querySelector(".row-note").textContent = [timeOf(entry.at), entry.undone ? said("undone") : entry.made ? entry.made.holder : entry.title].join(" · ");
  const undo = row.querySelector("button");
  const left = Math.ceil((entry.undoBy - Date.now()) / 1000);
  if (left > 0 && !entry.undone) undo.textContent = said("undoFor", { seconds: left });
  else undo?.remove();
  return row;
}

function drawRecent() {
  const list = at("recent-list");
  const held = list.contains(document.activeElement);
  at("recent").hidden = recent.length === 0;
  arrange(list, recent.map(rowOf));
  if (held && !list.contains(document.activeElement)) field.focus({ preventScroll: true });
}

function askWhy(entry) {
  undoing = entry;
  at("undo-what").textContent = [entry.title, yuan(entry.made.value_fen), entry.made.holder].join(" · ");
  at("undo").showModal();
}

async function undo(reason) {
  const entry = undoing;
  at("undo").close();
  if (practising) training.undo(entry.code);
  else {
    const key = `undo ${entry.made.id} ${[...at("undo").querySelectorAll("[data-reason]")].findIndex((each) => each.dataset.reason === reason)}`;
    const found = await ask(`/api/redemptions/${entry.made.id}/undo`, JSON.stringify({ reason }), { key, clerk });
    if (found.kind !== "done") return toast(found.kind === "refused" ? found.answer.detail : said("undoFailed"), "bad");
  }
  entry.undone = true;
  drawRecent();
  return toast(said("undoneToast"), "good");
}

/** Whether the clerk wants to go on with what a code stands for. */
async function agreed(code) {
  const found = practising ? { kind: "done", answer: training.preview() } : await ask("/api/redemptions/preview", bodyOf(code), { clerk });
  if (found.kind === "lost") return !navigator.onLine || { tone: "bad", title: said("fault") };
  if (found.kind !== "done") return refusal(found.answer);
  const { product, value_fen: value, holder, expires_at: until, redeemable } = found.answer;
  if (!redeemable) return true; // redeeming it is refused with all the facts: when and where
  at("check-product").textContent = product;
  at("check-value").textContent = yuan(value);
  at("check-holder").textContent = holder ?? "—";
  at("check-until").textContent = dayOf(until);
  at("check").showModal();
  return new Promise((resolve) => {
    decided = resolve;
  });
}

async function handle(code, source) {
  const kind = practising && training.practices(code) ? "short" : kindOf(code);
  if (kind === "misread" && !practising) return wrong(said("misread"));
  if (!practising && !kind) return wrong(said("notOurs"));
  const online = navigator.onLine;
  if (!practising && !online && kind === "rotating") return tell({ tone: "bad", title: said("rotating") }, code);
  say(said("busy"));
  const known = !practising || training.practices(code);
  if (known && (online || practising) && (kind === "short" || source === "picture" || look.checked)) {
    const answer = await agreed(code);
    if (answer !== true) return answer ? tell(answer, code) : say("");
  }
  return tell(practising ? training.practise(code) : await waiting.redeem(code, bodyOf(code)), code);
}

function wrong(text) {
  say(text, true);
  at("camera-said").textContent = text;
  if (sound.checked) play("bad");
}

function take(code, source) {
  turn = turn.then(() => handle(code, source)).catch(() => wrong(said("fault"))).finally(back);
}

function begin() {
  hide();
  for (const id of ["check", "undo"]) if (at(id).open) at(id).close();
  say("");
}

const keys = listen(field, { begin, enter: (code) => take(code, "keys") });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  const code = keys.take();
  if (code) take(code, "keys");
  else back();
});
at("check-do").addEventListener("click", () => {
  decided(true);
  at("check").close();
});
at("check").addEventListener("close", () => {
  decided(false);
  back();
});
at("undo").addEventListener("close", back);
for (const each of at("undo").querySelectorAll("[data-reason]")) each.addEventListener("click", () => undo(each.dataset.reason));
for (const each of document.querySelectorAll("[data-practice]")) each.addEventListener("click", () => take(each.dataset.practice, "practice"));

const camera = at("camera");
const opener = at("camera-open");
opener.hidden = !navigator.mediaDevices?.getUserMedia;
opener.addEventListener("click", async () => {
  camera.showModal();
  const { open } = await import(opener.dataset.module);
  const close = await open(camera.querySelector("[data-camera]"));
  if (camera.open) closeCamera = close;
  else close();
});
at("camera-close").addEventListener("click", () => camera.close());
camera.addEventListener("close", () => {
  closeCamera();
  closeCamera = () => {};
  back();
});
camera.addEventListener("camera-refused", () => {
  camera.close();
  say(said("cameraRefused"), true);
});
camera.addEventListener("scanned", (event) => {
  const text = plain(event.detail.text);
  const now = Date.now();
  const again = text === lastSeen.text && now - lastSeen.at < SAME_IN_VIEW_MS;
  lastSeen = { text, at: now };
  if (again) return; // it lies in front of the camera still
  hide();
  take(text, "camera");
});

at("picture").addEventListener("change", async () => {
  if (!at("picture").files.length) return;
  say(said("reading"));
  const { code, said: why } = await readPicture(at("picture-form"));
  at("picture-form").reset();
  if (code) take(code, "picture");
  else wrong(why ?? said("fault"));
  back();
});

for (const each of [sound, look]) {
  const kept = localStorage.getItem(each.name);
  if (kept !== null) each.checked = kept === "yes";
  each.addEventListener("change", () => localStorage.setItem(each.name, each.checked ? "yes" : "no"));
}

// On a touch screen the keyboard stays away until somebody touches the field; then it is one of digits.
if (matchMedia("(pointer: coarse)").matches) {
  field.inputMode = "none";
  field.addEventListener("pointerup", () => {
    if (field.inputMode === "numeric") return;
    field.inputMode = "numeric";
    field.blur();
    field.focus();
  });
}
addEventListener("focus", back);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && back());
document.addEventListener("click", (event) => {
  if (!event.target.closest("a, button, input, label, summary, dialog")) back();
});
setInterval(() => recent.some((each) => each.undoBy > Date.now() - 1000 && !each.undone) && drawRecent(), 1000);
if (field.value) take(keys.take(), "picture");
back();
if (!practising) {
  waiting.begin(clerk, (key, outcome) => {
    if (showing()?.key === key) tell(outcome, "");
    else if (sound.checked) play(outcome.tone);
  });
}
navigator.serviceWorker?.ready.then((worker) => worker.active?.postMessage({ keep: location.pathname }));
