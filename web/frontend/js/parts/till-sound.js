// Three sounds, one for each result, so that nobody has to look: up for good, level for waiting, low for bad.
const TONES = {
  good: [["sine", 880, 0, 0.12], ["sine", 1320, 0.12, 0.22]],
  waiting: [["triangle", 620, 0, 0.14], ["triangle", 620, 0.22, 0.14]],
  bad: [["square", 185, 0, 0.42]],
};
let context;

/** Plays the sound of a result. A browser that has no sound yet, or none at all, stays silent. */
export function play(tone) {
  const Context = globalThis.AudioContext;
  if (!Context || !TONES[tone]) return;
  context ??= new Context();
  if (context.state === "suspended") context.resume();
  for (const [type, frequency, after, length] of TONES[tone]) {
    const source = context.createOscillator();
    const volume = context.createGain();
    const begins = context.currentTime + after;
    source.type = type;
    source.frequency.value = frequency;
    volume.gain.setValueAtTime(type === "square" ? 0.12 : 0.25, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + length);
    source.connect(volume).connect(context.destination);
    source.start(begins);
    source.stop(begins + length);
  }
}
