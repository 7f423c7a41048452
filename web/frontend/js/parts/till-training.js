// Training: made-up codes and made-up answers. Nothing here asks a server for anything.
import { said, success, whenOf } from "./till-words.js";

const UNDO_MS = 60_000;
const AN_HOUR = 3_600_000;
const used = new Map();

const product = () => ({ product: said("practiceProduct"), value_fen: 500, holder: said("practiceHolder") });

/** What a practice code would do: a preview first, then the answer. */
export const practices = (code) => /^0{11}[1-5]$/.test(code);
export const preview = () => ({ ...product(), expires_at: new Date(Date.now() + 240 * AN_HOUR).toISOString(), redeemable: true });

export function practise(code) {
  const now = Date.now();
  const note = said("practiceNote");
  const refuse = (title) => ({ tone: "bad", title, lines: [note] });
  if (!practices(code)) return { tone: "bad", title: said("practiceOnly"), lines: [] };
  const digit = code.at(-1);
  if (digit === "3") return refuse(said("practiceExpired"));
  if (digit === "4") return refuse(said("practiceOther"));
  if (digit === "5") return { tone: "waiting", word: said("queued"), title: said("queuedHint"), lines: [note] };
  const at = digit === "2" ? now - AN_HOUR : used.get(code);
  if (at) {
    return { tone: "bad", word: said("used"), title: said("usedAt", { when: whenOf(at), merchant: said("practiceMerchant") }), lines: [note] };
  }
  used.set(code, now);
  const made = { ...product(), id: code, redeemed_at: new Date(now).toISOString(), undo_until: new Date(now + UNDO_MS).toISOString() };
  const outcome = success(made);
  return { ...outcome, lines: [...outcome.lines, note] };
}

export function undo(code) {
  used.delete(code);
}
