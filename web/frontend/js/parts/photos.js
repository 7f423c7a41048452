// The pictures of a form: taken or chosen, several of them, each shown small and left out again with a tap. They stand
// in the form's own input, so that the form is sent with them by whatever sends it.
const LONGEST = 2048;
const LARGE = 600 * 1024;
const QUALITY = 0.85;

/** A large picture made smaller before it is kept and sent; one that this browser cannot read goes as it is. */
async function smaller(file) {
  if (file.size < LARGE || !globalThis.createImageBitmap) return file;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return file;
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: made.type }) : file;
}

/** Makes a field of pictures live; gives how to read its pictures and how to put some there. */
export function attach(field) {
  const input = field.querySelector("[data-photos-kept]");
  const chosen = field.querySelector("[data-photos-chosen]");
  let held = [];

  function show() {
    for (const old of chosen.querySelectorAll("img")) URL.revokeObjectURL(old.src);
    chosen.replaceChildren(...held.map(frame));
  }

  function frame(file, at) {
    const view = document.createElement("img");
    view.src = URL.createObjectURL(file);
    view.alt = `${field.dataset.textPicture} ${at + 1}`;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "photo-drop";
    drop.setAttribute("aria-label", `${field.dataset.textDrop} ${at + 1}`);
    drop.textContent = "×";
    drop.addEventListener("click", () => put(held.filter((other) => other !== file), true));
    const whole = document.createElement("div");
    whole.className = "photo";
    whole.append(view, drop);
    return whole;
  }

  function put(files, changed = false) {
    held = files.slice(0, Number(field.dataset.most));
    const list = new DataTransfer();
    for (const file of held) list.items.add(file);
    input.files = list.files;
    show();
    if (changed) field.dispatchEvent(new Event("photos", { bubbles: true }));
  }

  async function add(event) {
    const files = [...event.target.files];
    if (event.target !== input) event.target.value = "";
    put([...held, ...(await Promise.all(files.map(smaller)))], true);
  }

  input.addEventListener("change", add);
  field.querySelector("[data-photos-add]").addEventListener("change", add);
  return { files: () => held, put };
}
