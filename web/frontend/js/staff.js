// The desk by keyboard. A table body with data-rows moves by J and K (or the arrows), Enter opens the row's link,
// X picks it; other keys act on the row through data-key="a" of a button or link in the row or in the page.
import "./parts/swaps.js";

const list = () => document.querySelector("[data-rows]");
const rows = () => [...(list()?.querySelectorAll("tr, li.row-line") ?? [])];
const current = () => rows().find((row) => row.getAttribute("aria-selected") === "true");

function select(row) {
  if (!row) return;
  // what is decided by a key stands for the row that was chosen before, until its own comes
  const place = row.getAttribute("aria-selected") === "true" ? null : row.getAttribute("hx-target");
  if (place) for (const each of document.querySelectorAll(`${place} [data-key]`)) each.disabled = true;
  for (const other of rows()) {
    other.setAttribute("aria-selected", String(other === row));
    other.tabIndex = other === row ? 0 : -1;
  }
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  row.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
}

function move(by) {
  const all = rows();
  const at = all.indexOf(current());
  select(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function pick(row) {
  const box = row?.querySelector("input[type=checkbox]");
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

const MOVES = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), x: () => pick(current()) };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  if (list() && MOVES[event.key]) {
    event.preventDefault();
    MOVES[event.key]();
    return;
  }
  if (event.key === "Enter") {
    // the row that is chosen opens; anywhere else Enter does what it always does
    if (event.target === current()) current().querySelector("a")?.click();
    return;
  }
  const key = event.shiftKey && event.key.length === 1 ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase();
  const named = `[data-key="${CSS.escape(key)}"], [data-key="${CSS.escape(event.key)}"]`;
  const target = current()?.querySelector(named) ?? [...document.querySelectorAll(named)].find((element) => !element.closest("[data-rows]"));
  if (target) {
    event.preventDefault();
    target.click();
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-rows] > *");
  if (row && !event.target.closest("a, button, input, label")) select(row);
});

// How many are picked, and their sum: <… data-picked-count>, <… data-picked-sum>, shown when there is one.
function countPicked() {
  const boxes = [...document.querySelectorAll("[data-rows] input[type=checkbox]")];
  const picked = boxes.filter((box) => box.checked);
  const sum = picked.reduce((total, box) => total + Number(box.dataset.amount ?? 0), 0);
  for (const place of document.querySelectorAll("[data-picked-count]")) place.textContent = picked.length.toLocaleString(document.documentElement.lang);
  for (const place of document.querySelectorAll("[data-picked-sum]")) place.textContent = (sum / Number(place.dataset.pickedSum || 1)).toLocaleString(document.documentElement.lang, { minimumFractionDigits: Number(place.dataset.digits ?? 0) });
  for (const bar of document.querySelectorAll("[data-picked-bar]")) bar.hidden = picked.length === 0;
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = boxes.length > 0 && picked.length === boxes.length;
    all.indeterminate = picked.length > 0 && picked.length < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of document.querySelectorAll("[data-rows] input[type=checkbox]")) box.checked = event.target.checked;
  countPicked();
});
document.addEventListener("htmx:after:swap", countPicked);
addEventListener("pageshow", countPicked);

// Parts of a whole: what stands in <input data-sum="name"> adds up in <output data-sum-of="name">.
document.addEventListener("input", (event) => {
  const name = event.target.dataset?.sum;
  if (!name) return;
  const parts = [...document.querySelectorAll(`[data-sum="${CSS.escape(name)}"]`)];
  document.querySelector(`[data-sum-of="${CSS.escape(name)}"]`).textContent = parts.reduce((total, part) => total + Number(part.value || 0), 0);
});
