// The page's own texts and formats for what the script shows.
const texts = document.getElementById("till-texts").content;
const zh = document.documentElement.lang.startsWith("zh");
const AHEAD_MS = 8 * 3_600_000; // Shanghai's clock, all year; Intl's would stop a phone for a moment when the page opens
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec".split(" ");
const inShanghai = (at) => new Date(new Date(at).getTime() + AHEAD_MS);

/** A text of the catalogue by the name that the page gave it, with its values. */
export const said = (key, values = {}) => texts.querySelector(`[data-key="${key}"]`).textContent.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
export const yuan = (fen) => `¥${(fen / 100).toFixed(fen % 100 ? 2 : 0).replace(/\B(?=(\d{3})+(?!\d))/g, ",")}`;
export const timeOf = (at) => inShanghai(at).toISOString().slice(11, 16);
export function dayOf(at) {
  const [month, day] = [inShanghai(at).getUTCMonth(), inShanghai(at).getUTCDate()];
  return zh ? `${month + 1}月${day}日` : `${day} ${MONTHS[month]}`;
}
/** When, with its day unless that is today. */
export const whenOf = (at) => (dayOf(at) === dayOf(Date.now()) ? timeOf(at) : `${dayOf(at)} ${timeOf(at)}`);
export const ending = (code) => said("codeEnds", { end: code.slice(-4) });

/** What a refusal says on the screen: a word, a sentence. */
export function refusal({ code, detail, redeemed_at: at, merchant }) {
  if (code !== "voucher_already_redeemed" || !at) return { tone: "bad", title: detail };
  return { tone: "bad", word: said("used"), title: said("usedAt", { when: whenOf(at), merchant }) };
}
/** What a redemption says. */
export const success = (made) => ({ tone: "good", title: made.product, lines: [yuan(made.value_fen), said("holderIs", { name: made.holder })], made });
