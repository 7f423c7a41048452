// Decisions of others show in place: their lines are read afresh, and what was picked of them is let go.
const line = (id) => document.getElementById(`bonus-${id}`);
const open = () => document.querySelector("#evidence [data-bonus]")?.dataset.bonus;

async function renew(id) {
  const old = line(id);
  if (!old) return;
  const signs = old.querySelector("td.pick") ? "?signs" : "";
  const answer = await fetch(`/staff/bonuses/${id}/line${signs}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const table = document.createElement("table");
  table.innerHTML = await answer.text();
  const fresh = table.querySelector("tr");
  const box = old.querySelector("input[type=checkbox]");
  const now = fresh.querySelector("input[type=checkbox]");
  if (box?.checked && now && now.value === box.value) now.checked = true;
  for (const name of ["tabindex", "aria-selected", "hx-get"]) fresh.setAttribute(name, old.getAttribute(name));
  const focused = old === document.activeElement;
  old.replaceWith(fresh);
  htmx.process(fresh);
  if (focused) fresh.focus();
  fresh.dispatchEvent(new Event("change", { bubbles: true }));
}

// What is open is read afresh too, unless somebody is about to write something about it.
function renewOpen(ids) {
  const typing = document.activeElement?.closest("#evidence form, dialog[open]") || document.querySelector("dialog[open]");
  if (ids.includes(open()) && !typing) line(open())?.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
}

const heard = new EventSource("/live");
heard.addEventListener("bonuses.changed", async (event) => {
  const { bonuses } = JSON.parse(event.data);
  for (const id of bonuses) await renew(id);
  renewOpen(bonuses);
});
heard.addEventListener("reconnected", async () => {
  for (const row of document.querySelectorAll("[data-rows] > tr")) await renew(row.id.slice("bonus-".length));
});
addEventListener("pagehide", () => heard.close());
