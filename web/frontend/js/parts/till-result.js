// The answer of a scan, over the whole screen, in one glance; it goes by itself.
import { play } from "./till-sound.js";

const BACK_MS = 3000;
const dialog = document.getElementById("result-dialog");
let timer;
let shown = {};

/** Shows {tone, word?, title, lines?}; `undo` is called by its button, `closed` when the screen is free again. */
export function show(outcome, { silent, undo, closed }) {
  const part = document.getElementById(`result-${outcome.tone}`).content.firstElementChild.cloneNode(true);
  const word = part.querySelector(".result-word");
  const line = part.querySelector(".result-lines");
  word.id = "result-word";
  if (outcome.word) word.textContent = outcome.word;
  part.querySelector(".result-title").textContent = outcome.title;
  for (const text of outcome.lines ?? []) {
    const next = line.cloneNode();
    next.textContent = text;
    line.before(next);
  }
  line.remove();
  part.querySelector("[data-next]").addEventListener("click", hide);
  const undoing = part.querySelector("[data-undo]");
  if (undoing && undo) undoing.addEventListener("click", () => { hide(); undo(); });
  else undoing?.remove();
  shown = { outcome, closed };
  if (!dialog.open) dialog.showModal();
  dialog.replaceChildren(part);
  part.querySelector("[data-next]").focus();
  if (!silent) play(outcome.tone);
  clearTimeout(timer);
  timer = setTimeout(hide, BACK_MS);
}

/** Back to the field. */
export function hide() {
  clearTimeout(timer);
  if (dialog.open) dialog.close();
}
export const showing = () => (dialog.open ? shown.outcome : undefined);

dialog.addEventListener("close", () => {
  clearTimeout(timer);
  dialog.replaceChildren();
  shown.closed?.();
});
