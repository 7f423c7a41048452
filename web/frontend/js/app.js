// What every page loads: sheets, toasts, the state of the network, small form helps.
import { readErrors } from "./parts/errors.js";
import { toast } from "./parts/toast.js";

const said = document.body.dataset;

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));

function showNetwork() {
  for (const strip of document.querySelectorAll("[data-no-network]")) strip.hidden = navigator.onLine;
  document.documentElement.toggleAttribute("data-offline", !navigator.onLine);
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

const CLICKS = {
  // <button data-open="id">: shows the sheet; a link with it still leads somewhere without a script
  open: (element, event) => {
    const sheet = document.getElementById(element.dataset.open);
    if (!sheet?.showModal) return;
    event.preventDefault();
    sheet.showModal();
  },
  close: (element) => element.closest("dialog")?.close(),
  back: (element, event) => {
    if (history.length < 2 || !document.referrer.startsWith(location.origin)) return;
    event.preventDefault();
    history.back();
  },
  print: () => print(),
  // <button data-copy="text">
  copy: (element) => navigator.clipboard?.writeText(element.dataset.copy).then(() => toast(said.textCopied)),
  // <button data-step="-1" data-for="id">: one less, one more
  step: (element) => {
    const input = document.getElementById(element.dataset.for);
    if (element.dataset.step > 0) input.stepUp();
    else input.stepDown();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },
  // <button data-speak="selector" data-module="…">: reads the words aloud
  speak: (element) => import(element.dataset.module).then((module) => module.toggle(element)),
};

document.addEventListener("click", (event) => {
  for (const [name, act] of Object.entries(CLICKS)) {
    const element = event.target.closest(`[data-${name}]`);
    if (element) act(element, event);
  }
  if (event.target.matches("dialog.sheet")) event.target.close();
});

document.addEventListener("change", (event) => {
  // <form data-at-once>: a choice is sent as soon as it is made
  event.target.closest("form[data-at-once]")?.requestSubmit();
  // <input type="file" data-preview="id">: shows what was chosen
  if (event.target.dataset.preview) import(event.target.dataset.module).then((module) => module.preview(event.target));
});

// A form that moves value is sent once, however often it is tapped; the server keeps it to once as well.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.hasAttribute("data-download") || form.method !== "post") return; // a file comes, the page stays
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

readErrors(document);

// A report that waited for a network is sent from whatever page is open; its own form does it itself.
function sendWaiting() {
  if (!said.drafts || location.pathname === "/report" || localStorage.getItem("draft") !== "waits") return;
  import(said.drafts).then((module) => module.sendWaiting(said));
}
addEventListener("online", sendWaiting);
sendWaiting();

// Not before the page stands: what the worker fetches would come in its way.
if ("serviceWorker" in navigator && said.worker) addEventListener("load", () => navigator.serviceWorker.register(said.worker));
