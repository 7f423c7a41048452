// Parts of the desk that change without a new page: htmx, with our security token. Residents and tills have no such part,
// so their phones load none of it; a test keeps hx- attributes to the desk's templates.
import "htmx.org/dist/htmx.esm.js";

import { readErrors } from "./errors.js";
import { toast } from "./toast.js";

const SAFE = new Set(["GET", "HEAD"]);
const said = document.body.dataset;

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  const token = document.querySelector('meta[name="csrf"]')?.content;
  if (token && !SAFE.has(String(request.method).toUpperCase())) request.headers["X-CSRF-Token"] = token;
});
document.addEventListener("htmx:error", () => toast(navigator.onLine ? said.textFault : said.textOffline, "bad"));
document.addEventListener("htmx:after:swap", (event) => readErrors(event.target));
