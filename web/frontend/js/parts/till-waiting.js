// The list of what is not settled yet: it is sent again under its own key until the server says what became of it.
import { newKey } from "./once.js";
import { arrange } from "./rows.js";
import { ask } from "./till-server.js";
import * as store from "./till-store.js";
import { ending, refusal, said, success, timeOf, yuan } from "./till-words.js";

const AGAIN_MS = 5000;
const A_DAY = 86_400_000;
const inFlight = new Set();
const panel = document.getElementById("waiting");
const list = document.getElementById("waiting-list");
const note = document.getElementById("waiting-note");
const settled = (intent) => intent.state === "done" || intent.state === "conflict";
let clerk = "";
let told = () => {};
let running = false;
let timer;
let signedOut = false;

/** Sends one scan. Gives what to show, or nothing while nobody knows. */
async function settle(intent) {
  inFlight.add(intent.key);
  const found = await ask("/api/redemptions", intent.body, { key: intent.key, clerk });
  inFlight.delete(intent.key);
  signedOut = found.kind === "signed-out";
  if (found.kind === "done") return success(found.answer);
  if (found.kind === "refused") return { ...refusal(found.answer), refused: true };
  return { pending: true, late: found.kind === "later" ? found.answer : undefined };
}

/** Redeems a code that was just scanned: at once if the server answers, else it waits here. */
export async function redeem(code, body) {
  const twin = (await store.all().catch(() => [])).find((each) => each.code === code && !settled(each));
  if (twin) return { tone: "waiting", title: said("alreadyWaiting"), lines: [ending(code)] };
  const intent = { key: newKey(), clerk, code, body, at: Date.now(), state: navigator.onLine ? "sending" : "queued" };
  const kept = await store.put(intent).then(() => true, () => false);
  if (!navigator.onLine) return kept ? waitFor(intent) : { tone: "bad", title: said("noStore") };
  const outcome = await settle(intent);
  if (!outcome.pending) {
    store.remove(intent.key).catch(() => {});
    return outcome;
  }
  if (outcome.late) {
    await store.remove(intent.key).catch(() => {});
    return { tone: "bad", title: outcome.late.detail };
  }
  if (!kept) return { tone: "bad", title: said("fault") };
  return waitFor({ ...intent, state: navigator.onLine ? "unknown" : "queued" });
}

async function waitFor(intent) {
  await store.put(intent);
  await draw();
  later();
  const unknown = intent.state === "unknown";
  return { tone: "waiting", word: said(unknown ? "unknown" : "queued"), title: said(unknown ? "unknownHint" : "queuedHint"), lines: [ending(intent.code)], key: intent.key };
}

/** Sends everything of this clerk that is not settled, the oldest first. */
export async function send() {
  if (running) return;
  running = true;
  try {
    for (const intent of (await mine()).filter((each) => !settled(each) && !inFlight.has(each.key))) {
      if (!navigator.onLine) break;
      const outcome = await settle(intent);
      if (outcome.pending) break;
      await store.put({ ...intent, state: outcome.refused ? "conflict" : "done", outcome, settledAt: Date.now() });
      told(intent.key, outcome);
    }
  } finally {
    running = false;
  }
  if (await draw()) later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(send, AGAIN_MS);
}

const mine = async () => (await store.all().catch(() => [])).filter((each) => each.clerk === clerk);

const nameOf = (intent) => `${intent.key} ${intent.state}`;

function rowOf(intent) {
  const row = document.getElementById("row").content.firstElementChild.cloneNode(true);
  const { outcome } = intent;
  const tone = { done: "good", conflict: "bad" }[intent.state] ?? "waiting";
  row.dataset.state = intent.state;
  row.dataset.drawn = nameOf(intent);
  mark(row, tone);
  row.querySelector(".row-title").textContent = intent.state === "done" ? outcome.title : intent.state === "conflict" ? (outcome.word ?? said("conflict")) : said(intent.state === "queued" ? "stateWaiting" : "stateUnknown");
  row.querySelector(".row-figure").textContent = intent.state === "done" ? yuan(outcome.made.value_fen) : "";
  const more = { done: said("settled"), conflict: outcome?.title }[intent.state];
  row.querySelector(".row-note").textContent = [timeOf(intent.at), ending(intent.code), more].filter(Boolean).join(" · ");
  if (settled(intent)) row.append(button(said("acknowledge"), () => store.remove(intent.key).then(draw)));
  return row;
}

/** Puts the sign of a tone into a row. */
export function mark(row, tone) {
  const sign = row.querySelector(".till-tone");
  sign.className = `till-tone is-${tone}`;
  sign.replaceChildren(document.getElementById("tones").content.querySelector(`[data-tone="${tone}"]`).firstElementChild.cloneNode(true));
}

export function button(text, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-line", textContent: text });
  made.addEventListener("click", act);
  return made;
}

function noteOf(open, others) {
  const foreign = others ? said("others", { n: others }) : "";
  if (!open) return foreign || said("waitingNone");
  if (signedOut) return said("signIn");
  return `${said(navigator.onLine ? "waitingSome" : "waitingOffline", { n: open })} ${foreign}`.trim();
}

/** Shows the list; gives how many are open still. */
export async function draw() {
  const every = await store.all().catch(() => []);
  const own = every.filter((each) => each.clerk === clerk && each.state !== "sending");
  for (const each of own.filter((old) => old.state === "done" && old.settledAt < Date.now() - A_DAY)) store.remove(each.key);
  const open = own.filter((each) => !settled(each)).length;
  const others = every.filter((each) => each.clerk !== clerk && !settled(each)).length;
  panel.hidden = own.length === 0 && others === 0;
  note.textContent = noteOf(open, others);
  const drawn = new Map([...list.children].map((row) => [row.dataset.drawn, row]));
  arrange(list, own.reverse().map((intent) => drawn.get(nameOf(intent)) ?? rowOf(intent)));
  return open;
}

/** Begins: what an earlier page left is asked for again. `tell` hears of each one that settles later. */
export async function begin(who, tell) {
  clerk = who;
  told = tell;
  for (const left of (await mine()).filter((each) => each.state === "sending")) await store.put({ ...left, state: "unknown" });
  addEventListener("online", send);
  addEventListener("offline", draw);
  document.getElementById("waiting-now").addEventListener("click", send);
  await draw();
  await send();
}
