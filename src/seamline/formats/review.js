"use strict";
// Everything on the sheet can be read without this script; it adds comparing.
document.documentElement.classList.add("scripted");
const sources = {};
for (const shown of document.querySelectorAll("img[data-of]")) {
  (sources[shown.dataset.of] ??= {})[shown.dataset.frame] ??= shown;
}
const byId = (id) => document.getElementById(id);
const pair = byId("pair"), a = byId("a"), b = byId("b"), frame = byId("frame"), cut = byId("cut");
const sides = [...pair.querySelectorAll("figure")];
let mode = "wipe", flipped = false;

function show() {
  [a, b].forEach((choice, n) => {
    const frames = sources[choice.value] ?? {};
    const shown = frames[frame.value] ?? Object.values(frames)[0];
    if (!shown) return;
    const picture = sides[n].querySelector("img");
    picture.src = shown.src;
    picture.alt = shown.alt;
    sides[n].querySelector("figcaption").textContent =
      "AB"[n] + ": " + choice.selectedOptions[0].text + ", frame " + shown.dataset.frame;
    sides[n].hidden = mode === "flip" && (n === 1) !== flipped;
  });
  pair.className = "pair " + mode;
  pair.style.setProperty("--cut", cut.value + "%");
  cut.hidden = mode !== "wipe";
  byId("flip-hint").hidden = mode !== "flip";
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
}

for (const choice of [a, b, frame]) choice.addEventListener("change", show);
cut.addEventListener("input", show);
for (const button of document.querySelectorAll("[data-mode]")) {
  button.addEventListener("click", () => { mode = button.dataset.mode; show(); });
}
const wipeTo = (event) => {
  if (mode !== "wipe") return;
  const box = sides[0].querySelector("img").getBoundingClientRect();
  cut.value = Math.max(0, Math.min(100, (100 * (event.clientX - box.left)) / box.width));
  show();
};
pair.addEventListener("pointerdown", (event) => {
  if (mode === "flip") { flipped = !flipped; show(); return; }
  event.preventDefault();
  pair.setPointerCapture(event.pointerId);
  wipeTo(event);
});
pair.addEventListener("pointermove", (event) => { if (event.buttons) wipeTo(event); });
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.tagName === "SELECT") return;
  mode = "flip"; flipped = !flipped; show();
});
for (const button of document.querySelectorAll("[data-compare]")) {
  button.addEventListener("click", () => {
    byId(button.dataset.side).value = button.dataset.compare;
    show();
    byId("compare").scrollIntoView();
  });
}
for (const button of document.querySelectorAll(".strip button")) {
  button.addEventListener("click", () => {
    const card = button.closest(".card"), small = button.querySelector("img");
    const big = card.querySelector(".big img");
    big.src = small.src;
    big.alt = small.alt;
    for (const other of card.querySelectorAll(".strip button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
show();
