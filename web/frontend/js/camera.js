// Reads codes with the camera: <div data-camera><video></video></div>. What it reads leaves as an event "scanned" with
// its text; what goes wrong as "camera-refused" with the reason. The browser's own reader if it has one, else zxing's.
import { BarcodeDetector as Fallback, prepareZXingModule } from "barcode-detector/ponyfill";

const EVERY_MS = 120;
const SAME_AGAIN_MS = 3000;

async function reader() {
  const own = globalThis.BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) return new own({ formats: ["qr_code"] });
  prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? WASM_ADDRESS : prefix + path) } });
  return new Fallback({ formats: ["qr_code"] });
}

function tell(place, name, detail) {
  place.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** Opens the camera in the place, and tells each code it reads; gives the function that closes it. */
export async function open(place) {
  const video = place.querySelector("video");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (reason) {
    tell(place, "camera-refused", { reason: reason.name });
    return () => {};
  }
  video.srcObject = stream;
  video.muted = true;
  video.playsInline = true;
  await video.play();
  const detector = await reader();
  let last = { text: "", at: 0 };
  const timer = setInterval(async () => {
    if (video.readyState < 2) return;
    const [found] = await detector.detect(video).catch(() => []);
    const now = performance.now();
    if (!found || (found.rawValue === last.text && now - last.at < SAME_AGAIN_MS)) return;
    last = { text: found.rawValue, at: now };
    tell(place, "scanned", { text: found.rawValue });
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
  };
}
