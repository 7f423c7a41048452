// Pictures on forms that have nothing else of ours.
import { attach } from "./parts/photos.js";

for (const field of document.querySelectorAll("[data-photos]")) attach(field);
