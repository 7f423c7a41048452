// The page for no network: the vouchers that this phone keeps, and back as soon as there is one.
import { findPage, keptPaths } from "./parts/kept.js";

const STAYS_MS = 1000; // a network that has been there so long is believed

const part = document.querySelector("[data-kept-vouchers]");
const blank = document.getElementById("kept-row");

async function row(path) {
  const kept = new DOMParser().parseFromString(await (await findPage(path)).text(), "text/html").querySelector("[data-product]");
  if (!kept || Date.parse(kept.dataset.expires) < Date.now()) return [];
  const made = blank.content.cloneNode(true);
  made.querySelector("a").href = path;
  made.querySelector(".row-title").textContent = kept.dataset.product;
  return [made];
}

if ("caches" in window) {
  const rows = (await Promise.all((await keptPaths()).map(row))).flat();
  part.querySelector(".rows").append(...rows);
  part.hidden = rows.length === 0;
}
// It stands in the place of another page: go there when that is possible again. A network that only flickers, or somebody
// who is on the way to a voucher already, is not interrupted.
if (location.pathname !== "/offline") {
  let goesOn;
  addEventListener("pageshow", () => (goesOn = false));
  addEventListener("click", (event) => (goesOn ||= event.target.closest("a") !== null));
  addEventListener("online", () => setTimeout(() => navigator.onLine && !goesOn && location.reload(), STAYS_MS));
}
