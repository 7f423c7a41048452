// The resident's home: hears when the balance changes, and shows the page as it is then; also when it is looked at again.
const LOST_MS = 60_000; // a page that was away so long is asked for again

const events = new EventSource("/live");
let shownAt = Date.now();

async function show() {
  if (!navigator.onLine) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  const main = document.getElementById("main");
  if (!fresh) return;
  const held = document.activeElement?.closest("#main a")?.getAttribute("href");
  main.replaceChildren(...fresh.childNodes);
  if (held) main.querySelector(`a[href="${held}"]`)?.focus({ preventScroll: true });
  shownAt = Date.now();
}

for (const kind of ["balance.changed", "voucher.redeemed", "voucher.undone", "reconnected"]) events.addEventListener(kind, show);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && Date.now() - shownAt > LOST_MS) show();
});
