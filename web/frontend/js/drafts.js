// Sends a report that waited for a network, whatever page is open now. Whose report it is, the server's form says.
import { drop, keep, read, send } from "./parts/drafts.js";
import { toast } from "./parts/toast.js";

/** Sends the draft that waits, if it belongs to the one who is signed in. */
export async function sendWaiting(said) {
  const draft = await read();
  if (!draft?.ready || !navigator.onLine) return;
  const shown = await fetch("/report").catch(() => null);
  if (!shown?.ok) return;
  const form = new DOMParser().parseFromString(await shown.text(), "text/html").querySelector("form[data-report]");
  if (form?.dataset.owner !== draft.owner) return;
  const answer = await send(draft, form.elements.csrf.value).catch(() => null);
  if (answer?.arrived) {
    await drop();
    toast(said.textSent);
  } else if (answer?.html) {
    await keep({ ...draft, ready: false });
    toast(said.textLook, "bad");
  }
}
