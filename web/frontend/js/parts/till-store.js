// Scans that are not settled yet, each with the key under which it is sent. They outlive the page and the browser.
//   {key, clerk, code, body, at, state: "sending" | "queued" | "unknown" | "done" | "conflict", answer?, said?}
const STORE = "intents";
let opening;

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("qunzhifen-till", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function write(change) {
  const transaction = (await database()).transaction(STORE, "readwrite", { durability: "strict" });
  const written = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  change(transaction.objectStore(STORE));
  await written;
}

/** Whether this browser keeps anything at all. */
export const keeps = () => database().then(() => true, () => false);

/** Everything that is kept, the oldest first. */
export async function all() {
  const found = await asked((await database()).transaction(STORE).objectStore(STORE).getAll());
  return found.sort((one, other) => one.at - other.at);
}
export const put = (intent) => write((store) => store.put(intent));
export const remove = (key) => write((store) => store.delete(key));

/** A key of our own for one redemption; made by the means that every browser has. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
