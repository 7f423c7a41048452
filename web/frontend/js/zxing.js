// Reads codes where the browser cannot: zxing's reader, with its wasm from our own files. Who imports it has both, or fails.
import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";

const locateFile = (path, prefix) => (path.endsWith(".wasm") ? WASM_ADDRESS : prefix + path);
await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });

export { BarcodeDetector };
