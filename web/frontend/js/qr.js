// Draws a code as a QR symbol, in the browser: for codes that change, with and without a network.
import { encode } from "uqr";

const QUIET = 4; // modules around it, as the standard asks
const SVG = "http://www.w3.org/2000/svg";

/** The symbol of a code as an SVG element, a quarter of it may be covered, as the server draws it. */
export function draw(code, words) {
  const { data, size } = encode(code, { ecc: "Q", boostEcc: false, border: QUIET });
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("viewBox", `0 0 ${size} ${size}`);
  drawn.setAttribute("shape-rendering", "crispEdges");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", words);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join(""));
  drawn.append(path);
  return drawn;
}
