// Shows the pictures that were chosen before they are sent.

/** Puts a small view of each chosen picture into the element that the input names. */
export function preview(input) {
  const place = document.getElementById(input.dataset.preview);
  for (const old of place.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  place.replaceChildren(
    ...[...input.files].map((file) => {
      const view = document.createElement("img");
      view.src = URL.createObjectURL(file);
      view.alt = file.name;
      const frame = document.createElement("div");
      frame.className = "upload";
      frame.append(view);
      return frame;
    }),
  );
}
