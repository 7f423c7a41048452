// Reads a part of the page aloud, for people who would rather listen: <button data-speak="#main" aria-pressed="false">.
const SKIPPED = "nav, script, .no-voice, [aria-hidden=true], .visually-hidden";

function words(selector) {
  const part = document.querySelector(selector).cloneNode(true);
  for (const element of part.querySelectorAll(SKIPPED)) element.remove();
  for (const element of part.querySelectorAll("[data-say]")) element.textContent = element.dataset.say;
  for (const element of part.querySelectorAll("h1, h2, h3, p, li, dt, dd, a, button, tr")) element.append("。");
  return part.textContent.replace(/\s+/g, " ").replace(/(\s*。\s*)+/g, "。").trim();
}

/** Begins to read, or stops. */
export function toggle(button) {
  const voice = window.speechSynthesis;
  if (!voice) return;
  const speaking = button.getAttribute("aria-pressed") === "true";
  voice.cancel();
  button.setAttribute("aria-pressed", String(!speaking));
  if (speaking) return;
  const speech = new SpeechSynthesisUtterance(words(button.dataset.speak));
  speech.lang = document.documentElement.lang;
  speech.rate = 0.85;
  speech.onend = () => button.setAttribute("aria-pressed", "false");
  speech.onerror = speech.onend;
  voice.speak(speech);
}

addEventListener("pagehide", () => window.speechSynthesis?.cancel());
