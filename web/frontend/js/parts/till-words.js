// The page's own texts and formats for what the script shows.
const texts = document.getElementById("till-texts").content;
const zh = document.documentElement.lang.startsWith("zh");
const place = { timeZone: "Asia/Shanghai" };
const time = new Intl.DateTimeFormat(zh ? "zh-CN" : "en-GB", { ...place, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(zh ? "zh-CN" : "en-GB", { ...place, month: zh ? "long" : "short", day: "numeric" });

/** A text of the catalogue by the name that the page gave it, with its values. */
export const said = (key, values = {}) => texts.querySelector(`[data-key="${key}"]`).textContent.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
export const yuan = (fen) => `¥${(fen / 100).toLocaleString("en", { minimumFractionDigits: fen % 100 ? 2 : 0 })}`;
export const timeOf = (at) => time.format(new Date(at));
export const dayOf = (at) => day.format(new Date(at));
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
