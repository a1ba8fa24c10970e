// One shot: what is shown, how, and what was said of it.

import * as api from "./api.js";
import { captions } from "./captions.js";
import { fill, h, say, sayProblem, short } from "./dom.js";
import { keys } from "./keys.js";
import { howFar, unready } from "./making.js";
import { Panel } from "./panel.js";
import { follow } from "./pointer.js";
import { begun, Viewer } from "./viewer.js";
import { Bars } from "./bars.js";

const RESTS_MS = 150; // until then a frame is passed by, and shown small

export async function openShot(root, name, me, top) {
  const worker = begun();
  const asked = api.get(`/shots/${name}`);
  const ready = api.get(`/shots/${name}/screening`).catch((error) => error);
  const [facts, index] = await Promise.all([asked, ready]).catch((error) => {
    worker.terminate();
    throw error;
  });
  const state = {
    shot: name, me, facts, index,
    mode: "grid", a: "", b: "plate", row: [], frame: 0, playing: false, flipped: false,
    flash: false, exposure: 0, gamma: 1, channel: "rgb", view: "", gain: 4, surround: 0,
    moving: false, pen: false, showNotes: true, note: null, place: null, origin: null,
  };
  document.title = `${name} · review`;
  if (index instanceof Error) {
    worker.terminate();
    if (index.status !== 404) throw index;
    fill(root, top(h("h1", {}, name)), unready(state));
    return () => (state.left = true);
  }
  const look = new Look(root, state, top);
  await look.begin(worker);
  return () => look.end();
}

class Look {
  constructor(root, state, top) {
    this.state = state;
    this.root = root;
    this.top = top;
    this.canvas = h("canvas", { class: "pictures" });
    this.over = h("canvas", { class: "over", tabindex: "0", "aria-label": "Pictures of the shot" });
    this.captions = h("div", { class: "captions" });
    this.stage = h("section", { class: "stage", "aria-label": "Pictures" },
      this.canvas, this.captions, this.over);
    this.bars = new Bars(this);
    this.panel = new Panel(this);
    this.views = new Map();
    this.frames = [];
  }

  async begin(worker) {
    const { state } = this;
    fill(this.root,
      this.top(h("h1", {}, state.shot), this.bars.status),
      this.bars.tools, this.stage, this.panel.root, this.bars.time, this.bars.foot);
    const tell = {
      placed: (cells) => this.placed(cells),
      shown: (how) => this.shown(how),
      hover: (pixel, cell) => this.hover(pixel, cell),
      missing: (file) => this.nearer(file),
      wrong: (words) => say(words, true),
    };
    this.viewer = new Viewer(this.canvas, this.over, state, worker, tell);
    this.settle();
    state.frame = Math.floor((state.index.first + state.index.last) / 2);
    this.viewer.draw(); // pictures come while the view is compiled
    await this.see(state.index.view);
    follow(this.viewer, state, this);
    this.unlisten = keys(this);
    this.listen();
    this.all();
    this.over.focus();
    this.makeReady();
  }

  end() {
    this.ended = true;
    this.unlisten?.();
    this.source?.close();
    this.viewer?.end();
  }

  // Which versions stand in the row: the newest of each variation that can be seen.
  settle() {
    const { state } = this;
    const newest = new Map();
    for (const version of state.facts.versions) {
      if (!Object.keys(state.index.versions[version.id]?.frames ?? {}).length) continue;
      newest.set(version.number, version.id);
    }
    state.row = [...newest.entries()].sort((x, y) => x[0] - y[0]).map((one) => one[1]);
    const there = (id) => id in state.index.versions;
    if (!there(state.a)) {
      state.a = there(state.facts.chosen) ? state.facts.chosen : state.row[0] ?? "";
    }
    if (state.b !== "plate" && !there(state.b)) state.b = "plate";
    if (state.b === "plate" && !Object.keys(state.index.plate).length) {
      state.b = state.row.find((id) => id !== state.a) ?? state.a;
    }
  }

  // Everything that can be compared: the plate, and all that was made ready.
  get sources() {
    const { index } = this.state;
    const plate = Object.keys(index.plate).length ? ["plate"] : [];
    return [...plate, ...Object.keys(index.versions)];
  }

  version(id) {
    return this.state.facts.versions.find((one) => one.id === id);
  }

  all() {
    this.bars.show();
    this.panel.show();
    this.viewer.redraw();
  }

  // -- what people do -------------------------------------------------------------------

  set(change) {
    Object.assign(this.state, change);
    this.bars.show();
    this.viewer.redraw();
  }

  async see(name) {
    const { state } = this;
    const view = state.index.views.find((one) => one.name === name) ?? state.index.views[0];
    try {
      await this.viewer.view(this.views.get(view.name) ?? (await this.bring(view)));
      this.views.set(view.name, { ...view, tables: [] });
      state.view = view.name;
    } catch (error) {
      sayProblem(error);
    }
    this.set({});
  }

  // A view's shader and tables; it is compiled once, and then called by its name.
  async bring(view) {
    const bring = (name) => api.file(this.state.shot, name);
    const text = await (await bring(view.file)).text();
    const tables = await Promise.all(view.tables.map(async (table) => ({
      ...table,
      values: new Float32Array(await (await bring(table.file)).arrayBuffer()),
    })));
    return { ...view, text, tables };
  }

  select(id) {
    this.state.a = id;
    Object.assign(this.state, { place: null, origin: null, note: null });
    this.viewer.draft = [];
    this.all();
  }

  alone(id) {
    this.select(id);
    this.mode("single");
  }

  grid() {
    this.viewer.fit();
    this.mode("grid");
  }

  mode(mode) {
    const { state } = this;
    if (mode !== "grid" && state.a === state.b) {
      state.b = this.sources.find((id) => id !== state.a) ?? state.b;
    }
    state.flipped = mode === "toggle" && state.mode === "toggle" ? !state.flipped : false;
    if (mode === "grid") this.viewer.fit();
    this.set({ mode });
  }

  // The version in view beside another one: a wipe between the two.
  compare(id) {
    this.state.b = id;
    this.mode("wipe");
    this.over.focus();
  }

  step(by) {
    const { row, a } = this.state;
    const place = Math.max(0, row.indexOf(a));
    this.select(row[(place + by + row.length) % row.length]);
  }

  against(by) {
    const all = this.sources.filter((id) => id !== this.state.a);
    const place = all.indexOf(this.state.b);
    this.set({ b: all[(place + by + all.length) % all.length] ?? this.state.b });
  }

  go(frame) {
    const { index } = this.state;
    const count = index.last - index.first + 1;
    const at = index.first + ((((frame - index.first) % count) + count) % count);
    this.state.origin = null;
    this.state.moving = true;
    clearTimeout(this.rests);
    this.rests = setTimeout(() => this.set({ moving: false }), RESTS_MS);
    this.set({ frame: at, place: null });
  }

  play() {
    const { state } = this;
    state.playing = !state.playing;
    this.frames = [];
    if (!state.playing) return this.go(state.frame);
    const [over, under] = state.index.rate.split("/").map(Number);
    const each = (1000 * (under || 1)) / over;
    let due = performance.now() + each;
    const next = (now) => {
      if (!state.playing || this.ended) return;
      if (now >= due - 2) {
        // One frame on at a time: where drawing is slower than the rate, that is said.
        due = Math.max(due + each, now);
        this.go(state.frame + 1);
      }
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    this.set({});
  }

  findPlace(finding) {
    if (finding.frame !== null && finding.frame !== undefined) this.go(finding.frame);
    this.set({ place: finding.place ?? null });
    if (finding.place && this.state.mode === "grid") this.mode("single");
  }

  goToNote(note) {
    if (note.element in this.state.index.versions) this.state.a = note.element;
    this.go(note.frame);
    this.state.note = note;
    if (this.state.mode === "grid") this.mode("single");
    this.all();
  }

  stroked() {
    this.panel.penned();
  }

  async judge(verdict) {
    await this.remark({ verdict });
  }

  async remark(said) {
    const { state } = this;
    if (!state.me.speaks) return say(`As ${state.me.role} you can look, and not speak.`, true);
    try {
      await api.post(`/shots/${state.shot}/notes`, {
        element: state.a, frame: state.frame, ...said,
      });
      this.viewer.draft = [];
      state.pen = false;
      await this.again();
      say(said.verdict && !said.text ? `${short(state.a)}: ${said.verdict}` : "Noted.");
      return true;
    } catch (error) {
      sayProblem(error);
      return false;
    }
  }

  async choose() {
    const { state } = this;
    const taken = state.facts.chosen === state.a;
    try {
      await api.choose(state.shot, taken ? null : state.a);
      await this.again();
      say(taken ? "Nothing is chosen any more." : `${short(state.a)} is chosen.`);
    } catch (error) {
      sayProblem(error);
    }
  }

  sign() {
    this.panel.askToSign();
  }

  async trace() {
    const { state, viewer } = this;
    const cell = viewer.pointer && viewer.cellAt(...viewer.pointer);
    const id = cell?.id ?? state.a;
    if (!cell || id === "plate") return say("Point at a pixel of a variation, then press O.");
    const [x, y] = viewer.pixelAt(...viewer.pointer, cell).map(Math.floor);
    const where = new URLSearchParams({ element: id, frame: state.frame, x, y });
    state.origin = { says: `Asking where ${x}, ${y} came from …` };
    this.bars.show();
    try {
      state.origin = await api.get(`/shots/${state.shot}/pixel?${where}`);
    } catch (error) {
      state.origin = { says: error.message };
    }
    this.bars.show();
  }

  // -- what is told ---------------------------------------------------------------------

  async again() {
    const { state } = this;
    state.facts = await api.get(`/shots/${state.shot}`);
    if (this.ended) return;
    this.all();
    this.makeReady();
  }

  async anew() {
    const { state } = this;
    state.index = await api.get(`/shots/${state.shot}/screening`);
    state.facts = await api.get(`/shots/${state.shot}`);
    this.settle();
    this.all();
  }

  // What was painted since the shot was made ready is made so now, once for each new set.
  async makeReady() {
    const { state } = this;
    const { missing } = state.facts.status;
    const key = missing.join(" ");
    if (!key || this.making || key === this.tried) return;
    this.making = true;
    this.tried = key;
    const tell = (words) => this.ended || (this.panel.making(words), words);
    try {
      tell("It begins …");
      await api.ended(await api.post(`/shots/${state.shot}/screening`), (e) => tell(howFar(e)));
      if (!this.ended) await this.anew();
      tell("");
    } catch (error) {
      tell([error.message, error.remedy].filter(Boolean).join(" — "));
    } finally {
      this.making = false;
    }
    if (!this.ended) this.makeReady();
  }

  // Somebody looks so near that every pixel is wanted, and nobody has made them yet.
  async nearer(file) {
    const { state, viewer } = this;
    const { index, frame } = state;
    const all = [["plate", index.plate], ...Object.entries(index.versions).map(([id, one]) => [id, one.frames])];
    const [source] = all.find(([, frames]) => frames[frame]?.full === file) ?? [];
    if (!source) return;
    try {
      this.bars.nearer(`${source === "plate" ? "plate" : short(source)}: every pixel is made ready …`);
      await api.post(`/shots/${state.shot}/full`, { source, frame });
      if (!this.ended) viewer.there(file);
    } catch (error) {
      sayProblem(error);
    }
    this.bars.nearer("");
  }

  listen() {
    const source = new EventSource("/review/events");
    this.source = source;
    let late = 0;
    const soon = () => {
      clearTimeout(late);
      late = setTimeout(() => this.ended || this.again().catch(() => {}), 300);
    };
    for (const kind of ["note", "choice", "sign-off", "version"]) {
      source.addEventListener(kind, soon);
    }
    for (const kind of ["queued", "claimed", "frame", "published", "cancelled", "paused",
      "resumed", "released"]) {
      source.addEventListener(kind, (event) => this.panel.heard(kind, JSON.parse(event.data)));
    }
    source.addEventListener("published", soon);
    source.addEventListener("painting", (event) => this.panel.paints(JSON.parse(event.data)));
    source.onopen = () => this.bars.live(true);
    source.onerror = () => this.bars.live(false);
  }

  // The drawing side has something on the screen.
  shown({ frame, drawn, exact, tiles, smaller }) {
    const { state } = this;
    // For whoever waits for it: how many pictures stand on the screen, and of this frame.
    Object.assign(document.documentElement.dataset, { drawn, exact, frame, tiles });
    if (drawn === this.count && !this.told) {
      this.told = true;
      performance.mark("interactive");
    }
    const now = performance.now();
    if (frame !== this.seen) this.frames = [...this.frames.filter((at) => at > now - 1000), now];
    this.seen = frame;
    this.bars.drawn(drawn, exact, this.count, smaller);
  }

  // Words over the pictures are made anew only where they are others.
  placed(cells) {
    const { state } = this;
    this.count = cells.length;
    const { mode, a, b, flipped, flash, gain } = state;
    const key = JSON.stringify([mode, a, b, flipped, flash, gain, cells]);
    if (key === this.captioned && this.facts === state.facts) return;
    Object.assign(this, { captioned: key, facts: state.facts });
    fill(this.captions, ...captions(this, cells));
  }

  async hover(pixel, cell) {
    if (!pixel) return this.bars.read((this.hovered = null));
    const { state, viewer } = this;
    this.hovered = pixel;
    const shown = state.flash ? "plate" : cell.id;
    const ids = ["wipe", "difference"].includes(state.mode) ? [state.a, state.b] : [shown];
    const found = await viewer.values([...ids, "plate"], pixel);
    // The pointer may be elsewhere by now: the newest place is what is read.
    if (this.hovered !== pixel) return;
    this.bars.read(found && pixel.map(Math.floor), found);
  }
}
