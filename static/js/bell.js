// The bell is heard when a reminder comes, if the person wants it. The tone is made here: no file is loaded.
"use strict";

(function () {
  const bell = () => document.getElementById("bell");
  const count = () => parseInt(bell()?.dataset.count, 10) || 0;
  let last = count();

  function ring() {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = 880;
    loudness.gain.setValueAtTime(0.15, audio.currentTime);
    loudness.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
    tone.connect(loudness).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.6);
    tone.onended = () => audio.close();
  }

  document.addEventListener("htmx:oobAfterSwap", () => {
    const now = count();
    if (now > last && bell().hasAttribute("data-sound")) ring();
    last = now;
  });
})();
