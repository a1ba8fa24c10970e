// Everything by keyboard; ? says which.

import { h } from "./dom.js";

// key, words, what happens
export const KEYS = [
  ["n", "all variations side by side", (l) => l.grid()],
  ["Enter", "one variation alone", (l) => l.mode("single")],
  ["w", "wipe against the other", (l) => l.mode("wipe")],
  ["d", "difference", (l) => l.mode("difference")],
  ["x", "flip between the two", (l) => l.mode("toggle")],
  ["k", "compare with the next: plate, other variations, other versions", (l) => l.against(1)],
  ["q", "plate, as long as it is held", null],
  ["ArrowUp", "variation before", (l) => l.step(-1)],
  ["ArrowDown", "next variation", (l) => l.step(1)],
  ["ArrowLeft", "frame before", (l) => l.go(l.state.frame - 1)],
  ["ArrowRight", "next frame", (l) => l.go(l.state.frame + 1)],
  ["Home", "first frame", (l) => l.go(l.state.index.first)],
  ["End", "last frame", (l) => l.go(l.state.index.last)],
  [" ", "play, stop", (l) => l.play()],
  [".", "brighter by ¼ stop", (l) => l.set({ exposure: Math.min(16, l.state.exposure + 0.25) })],
  [",", "darker by ¼ stop", (l) => l.set({ exposure: Math.max(-16, l.state.exposure - 0.25) })],
  ["0", "exposure 0, gamma 1, colour", (l) => l.set({ exposure: 0, gamma: 1, channel: "rgb" })],
  ["r", "red", (l) => channel(l, "r")],
  ["g", "green", (l) => channel(l, "g")],
  ["b", "blue", (l) => channel(l, "b")],
  ["a", "matte", (l) => channel(l, "a")],
  ["y", "luminance", (l) => channel(l, "luma")],
  ["+", "nearer", (l) => l.viewer.zoomBy(1.5, ...(l.viewer.pointer ?? []))],
  ["-", "farther", (l) => l.viewer.zoomBy(1 / 1.5, ...(l.viewer.pointer ?? []))],
  ["1", "pixel for pixel", (l) => l.viewer.pixels(1)],
  ["8", "every pixel eight wide", (l) => l.viewer.pixels(8)],
  ["f", "whole picture", (l) => l.viewer.fit()],
  ["u", "surround: dark, darker, 18 % grey", (l) => l.set({ surround: l.state.surround + 1 })],
  ["o", "where the pixel under the pointer came from", (l) => l.trace()],
  ["p", "draw a note", (l) => l.panel.pen()],
  ["t", "write a note", (l) => l.panel.write()],
  ["h", "show or hide drawn notes", (l) => l.set({ showNotes: !l.state.showNotes })],
  ["c", "choose this variation, or take it back", (l) => l.choose()],
  ["s", "sign this version", (l) => l.sign()],
  ["Escape", "leave what was begun; all variations", (l) => l.panel.leave() || l.grid()],
  ["?", "these keys", (l) => help(l)],
];

const NAMES = { " ": "Space", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  Escape: "Esc" };

function channel(look, channel) {
  look.set({ channel: look.state.channel === channel ? "rgb" : channel });
}

export function help(look) {
  const rows = KEYS.map(([key, words]) =>
    h("div", {}, h("dt", {}, h("kbd", {}, NAMES[key] ?? key.toUpperCase())), h("dd", {}, words)));
  const box = h("dialog", { class: "help", close: () => box.remove() },
    h("h2", {}, "Keys"), h("dl", {}, rows),
    h("form", { method: "dialog" }, h("button", { class: "main" }, "Close")));
  look.root.append(box);
  box.showModal();
}

const TYPES = new Set(["TEXTAREA", "SELECT"]);

export function keys(look) {
  const by = new Map(KEYS.map(([key, , act]) => [key, act]));
  const down = (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = TYPES.has(target.tagName) ||
      (target.tagName === "INPUT" && target.type !== "range" && target.type !== "radio");
    if (typing) {
      if (event.key === "Escape") look.over.focus();
      return;
    }
    const onButton = ["BUTTON", "A", "SUMMARY"].includes(target.tagName);
    if (onButton && [" ", "Enter"].includes(event.key)) return;
    if (target.type === "range" && event.key.startsWith("Arrow")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "q") {
      if (!look.state.flash) look.set({ flash: true });
      return event.preventDefault();
    }
    const act = by.get(key === "=" ? "+" : key);
    if (!act) return;
    event.preventDefault();
    act(look);
  };
  const up = (event) => {
    if (event.key.toLowerCase() === "q" && look.state.flash) look.set({ flash: false });
  };
  addEventListener("keydown", down);
  addEventListener("keyup", up);
  return () => {
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
  };
}
