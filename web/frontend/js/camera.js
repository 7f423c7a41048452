// Reads codes with the camera: <div data-camera><video></video></div>. What it reads leaves as an event "scanned" with
// its text; what goes wrong as "camera-refused" with the reason. The browser's own reader if it has one, else zxing's, which
// is fetched when the camera is opened for the first time.

const EVERY_MS = 120;
const SAME_AGAIN_MS = 3000;

async function reader() {
  const own = globalThis.BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) return new own({ formats: ["qr_code"] });
  const { BarcodeDetector } = await import(ZXING_ADDRESS);
  return new BarcodeDetector({ formats: ["qr_code"] });
}

function tell(place, name, detail) {
  place.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** Opens the camera in the place, and tells each code it reads; gives the function that closes it. */
export async function open(place) {
  const video = place.querySelector("video");
  let stream, detector;
  const stop = () => stream?.getTracks().forEach((track) => track.stop());
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    video.srcObject = stream;
    video.muted = true;
    video.playsInline = true;
    await video.play();
    detector = await reader();
  } catch (reason) {
    stop();
    tell(place, "camera-refused", { reason: reason.name });
    return () => {};
  }
  let last = { text: "", at: 0 };
  let looking = false;
  const timer = setInterval(async () => {
    if (looking || video.readyState < 2) return;
    looking = true; // a slow phone needs longer for a picture than until the next one
    const [found] = await detector.detect(video).catch(() => []);
    looking = false;
    const now = performance.now();
    if (!found || (found.rawValue === last.text && now - last.at < SAME_AGAIN_MS)) return;
    last = { text: found.rawValue, at: now };
    tell(place, "scanned", { text: found.rawValue });
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    stop();
  };
}
