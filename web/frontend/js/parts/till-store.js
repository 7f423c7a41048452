// Scans that are not settled yet, each with the key under which it is sent. They outlive the page and the browser.
//   {key, clerk, code, body, at, state: "sending" | "queued" | "unknown" | "done" | "conflict", answer?, said?}
import { storeOf } from "./store.js";

const intents = storeOf("qunzhifen-till", "intents", { keyPath: "key", durability: "strict" });

/** Everything that is kept, the oldest first. */
export const all = async () => (await intents.read((store) => store.getAll())).sort((one, other) => one.at - other.at);
export const put = (intent) => intents.write((store) => store.put(intent));
export const remove = (key) => intents.write((store) => store.delete(key));
