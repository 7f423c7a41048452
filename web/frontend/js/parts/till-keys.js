// What a scan gun types. It is a keyboard, so its keys are read where they lie on the board: an input method for
// Chinese that happens to be on, full-width letters or a wrong layout change nothing.
const KINDS = { 26: "plain", 24: "rotating", 32: "printed" };
const LOOK_ALIKE = { 0: "O", 1: "I", 8: "B" };
const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];
const OTHER = /^(Slash|Period|Comma|Semicolon|Quote|Equal|Bracket(Left|Right)|Backslash|Backquote|Intl\w+|Numpad(Divide|Multiply|Add|Decimal))$/;

/** Text as codes are compared: half-width, upper case, without spaces and hyphens. */
export const plain = (text) => text.normalize("NFKC").replace(/[\s\-‐‑–—_·]/gu, "").toUpperCase().slice(0, 100);

/** Which of our codes this is: plain, rotating, printed, short; "" when it is none, "misread" when a digit is wrong. */
export function kindOf(code) {
  if (/^\d{12}$/.test(code)) return [...code].reduce((row, digit) => DAMM[row][digit], 0) === "0" ? "short" : "misread";
  const letters = code.replace(/[018]/g, (each) => LOOK_ALIKE[each]);
  return /^[A-Z2-7]+$/.test(letters) ? (KINDS[letters.length] ?? "") : "";
}

function charOf(event) {
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)(\d))$/.exec(event.code) ?? [];
  if (letter || digit) return letter ?? digit;
  return OTHER.test(event.code) ? "?" : undefined; // an address is no code of ours, whatever its letters are
}

const takesText = (element) => element.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=file], [type=submit])");

/** Keeps the field to what the keys say, wherever the focus is. `begin` hears the first key, `enter` the code. */
export function listen(field, { begin, enter }) {
  let text = plain(field.value);
  let composedByKeys = false;
  const show = () => {
    if (field.value !== text) field.value = text;
  };
  const over = () => {
    composedByKeys = false;
    show();
  };
  const typed = (char, event) => {
    if (document.activeElement !== field) {
      field.focus({ preventScroll: true });
      field.setSelectionRange(text.length, text.length);
    }
    if (event.isComposing || event.key === "Process") {
      composedByKeys = true;
      text += char;
      return;
    }
    field.setRangeText(char, field.selectionStart, field.selectionEnd, "end");
    text = field.value;
  };
  document.addEventListener("keydown", (event) => {
    const own = event.target === field;
    if (event.ctrlKey || event.metaKey || event.altKey || (!own && takesText(event.target))) return;
    const char = charOf(event);
    if (char !== undefined) {
      event.preventDefault();
      begin();
      typed(char, event);
    } else if (/^(Numpad)?Enter$/.test(event.code) && (own || event.target === document.body)) {
      event.preventDefault();
      const code = plain(text);
      text = "";
      show();
      setTimeout(over, 50); // what the input method still has to say about this code comes first
      if (code) enter(code);
    } else if (own && event.code === "Space") {
      event.preventDefault();
    }
  }, true);
  field.addEventListener("input", (event) => {
    if (composedByKeys) return show();
    if (event.isComposing) return undefined;
    text = plain(field.value);
    return show();
  });
  field.addEventListener("compositionend", () => {
    if (!composedByKeys) text = plain(field.value);
    show();
    setTimeout(over);
  });
  return {
    take() {
      const code = plain(text);
      text = "";
      show();
      return code;
    },
    clear() {
      text = "";
      show();
    },
  };
}
