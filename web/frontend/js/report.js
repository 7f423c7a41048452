// The form of a report: its draft stays on the phone while it is written, waits there without a network, and is taken up
// again. It goes away only when the report has arrived.
import { drop, keep, packed, read, send, unpacked } from "./parts/drafts.js";
import { newKey } from "./parts/once.js";
import { attach } from "./parts/photos.js";

const FIELDS = ["place", "category", "severity", "text"];
const PAUSE = 300;
const AGAIN = 15_000;
const main = document.getElementById("main");
const part = (id) => document.getElementById(id);
let form, photos, draft, timer, sending;

const typed = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]).filter(([, value]) => value));

async function save(ready = false) {
  clearTimeout(timer);
  const fields = typed();
  if (!Object.keys(fields).length && !photos.files().length) {
    if (draft) await forget();
    return;
  }
  const pictures = await packed(photos.files());
  draft = { owner: form.dataset.owner, once: draft?.once ?? newKey(), at: Date.now(), ready, fields, pictures };
  await keep(draft);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

async function forget() {
  draft = undefined;
  await drop();
}

function busy(on) {
  sending = on;
  const button = form.querySelector("button:not([type=button])");
  if (on) button.setAttribute("aria-busy", "true");
  else button.removeAttribute("aria-busy");
}

function wait() {
  busy(false);
  part("draft-found").hidden = true;
  part("draft-waits").hidden = false;
  part("draft-waits").scrollIntoView({ block: "center" });
}

async function go() {
  if (sending || !draft?.ready) return;
  if (!navigator.onLine) return wait();
  busy(true);
  let answer;
  try {
    answer = await send(draft, form.elements.csrf.value);
  } catch {
    return wait();
  }
  if (answer.arrived) await forget();
  else await keep((draft = { ...draft, ready: false }));
  if (answer.to) return location.assign(answer.to);
  busy(false);
  const shown = new DOMParser().parseFromString(answer.html, "text/html");
  main.innerHTML = (shown.getElementById("main") ?? shown.body).innerHTML;
  await begin();
  main.querySelector("[data-error-summary], [role=alert]")?.focus();
}

function restore(found) {
  draft = found;
  for (const [name, value] of Object.entries(found.fields)) form.elements[name].value = value;
  photos.put(unpacked(found.pictures));
  part("draft-found").hidden = false;
  const time = new Date(found.at).toLocaleString(document.documentElement.lang, { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
  part("draft-found").querySelector("[data-draft-at]").textContent = form.dataset.textAt.replace("…", time);
}

async function begin() {
  form = document.querySelector("form[data-report]");
  if (!form) return;
  photos = attach(form.querySelector("[data-photos]"));
  const found = await read().catch(() => undefined);
  if (found?.owner === form.dataset.owner) restore(found);
  form.addEventListener("input", later);
  form.addEventListener("photos", () => save());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (sending) return;
    await save(true);
    await go();
  });
  part("draft-found").querySelector("[data-draft-drop]").addEventListener("click", async () => {
    await forget();
    form.reset();
    photos.put([]);
    part("draft-found").hidden = true;
  });
  main.dataset.draft = "live";
  if (draft?.ready) await go();
}

document.addEventListener("visibilitychange", () => document.hidden && form && !draft?.ready && save());
addEventListener("online", go);
setInterval(go, AGAIN);
begin();
