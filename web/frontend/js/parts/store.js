// A store of this browser (IndexedDB), in a database of its own. It is opened for each act, so that a connection that the
// browser dropped while the page slept harms nothing; what was written is kept when the promise is fulfilled.
//   const drafts = storeOf("qunzhifen-drafts", "drafts");
//   await drafts.write((store) => store.put(draft, "report"));
//   await drafts.read((store) => store.get("report"));

/** `keyPath` where the things carry their key; `durability` where they must be on the disk before anything goes on. */
export function storeOf(name, store, { keyPath = null, durability = "default" } = {}) {
  const opened = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(store, { keyPath });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const within = (mode) => async (act) => {
    const database = await opened();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode, { durability });
      database.close(); // which it does when the transaction has ended
      const asked = act(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  return { read: within("readonly"), write: within("readwrite") };
}
