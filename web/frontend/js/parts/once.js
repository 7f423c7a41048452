/** A key of our own for what is to be done once, however often it is sent; made by the means that every browser has. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
