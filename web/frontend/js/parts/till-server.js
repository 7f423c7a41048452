// What the till asks the server. An answer is {kind, ...}: "done" with what was made, "refused" with why (final),
// "later" (asked again by and by), "signed-out", or "lost": nobody knows, so the same key is sent again.
const PATIENCE = 8000;
const SERVER_FAULT = 500;
const token = () => document.querySelector('meta[name="csrf"]');

async function send(path, body, key) {
  const response = await fetch(path, {
    method: "POST",
    body,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
      "X-CSRF-Token": token().content,
      ...(key ? { "Idempotency-Key": key } : {}),
    },
    signal: AbortSignal.timeout(PATIENCE),
  });
  return { status: response.status, answer: await response.json() };
}

/** The page may have come from the browser's store, or a new session have begun: read the token of the session anew. */
export async function renew(clerk) {
  const response = await fetch("/till", { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || response.redirected) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const other = page.querySelector("[data-till]")?.dataset.clerk;
  if (other && other !== clerk) {
    location.reload();
    return false;
  }
  token().content = page.querySelector('meta[name="csrf"]').content;
  return true;
}

function meant({ status, answer }) {
  if (status < 300) return { kind: "done", answer };
  if (status === 401 || answer.code === "cross_site") return { kind: "signed-out", answer };
  if (status === 429) return { kind: "later", answer };
  if (status >= SERVER_FAULT) return { kind: "lost", answer };
  return { kind: "refused", answer };
}

/** Ask, and once more with a new token when the old one was another session's. */
export async function ask(path, body, { key, clerk } = {}) {
  try {
    const first = meant(await send(path, body, key));
    if (first.kind !== "signed-out" || !(await renew(clerk))) return first;
    return meant(await send(path, body, key));
  } catch {
    return { kind: "lost" };
  }
}

/** The code that a picture shows. */
export async function readPicture(form) {
  try {
    const response = await fetch("/till/picture", {
      method: "POST", body: new FormData(form), signal: AbortSignal.timeout(PATIENCE * 3),
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang, "X-CSRF-Token": token().content },
    });
    const answer = await response.json();
    return response.ok ? { code: answer.code } : { said: answer.detail };
  } catch {
    return {};
  }
}
