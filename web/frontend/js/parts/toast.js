// A word in passing, read aloud by screen readers, gone by itself.
const STAYS_MS = 5000;

/** Shows the words for some seconds; `tone` good, bad or nothing. */
export function toast(words, tone = "") {
  const place = document.getElementById("toasts");
  if (!place || !words) return;
  const line = document.createElement("p");
  line.className = "toast";
  line.dataset.tone = tone;
  line.textContent = words;
  place.append(line);
  setTimeout(() => line.remove(), STAYS_MS);
}
