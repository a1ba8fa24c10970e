// What stands where on the screen: side by side, alone, wiped, their difference; zoom and pan.
//
// Pictures are drawn by another thread (drawing.js): this one says what it wants to see.

import { Over } from "./over.js";

const GAP = 12;
const CAPTION = 26;
const AHEAD = 8; // frames, while it plays
const NEAR = 3; // frames to both sides, while it rests
const SURROUNDS = [0.18, 0.09, 0.463]; // dark, darker, and 18 % grey in sRGB
const DRAWING = "/review/page/drawing.js";

// The one script that this page starts, named here and nowhere else.
const scripts = globalThis.trustedTypes?.createPolicy("seamline", {
  createScriptURL: () => DRAWING,
});

// Start the drawing side; it loads while the page asks what there is to show.
export function begun() {
  if (!HTMLCanvasElement.prototype.transferControlToOffscreen) {
    throw new Error("this browser cannot draw beside the page; any of 2023 or later can");
  }
  return new Worker(scripts ? scripts.createScriptURL("") : DRAWING, { type: "module" });
}

export class Viewer {
  constructor(canvas, over, state, worker, tell) {
    this.canvas = canvas;
    this.over = over;
    this.state = state;
    this.tell = tell; // {placed, shown, missing, hover, wrong}
    this.paper = new Over(this, over);
    this.views = new Map();
    this.questions = new Map();
    this.asked = false;
    this.number = 0; // of what was asked or said last
    this.expects = 0; // pictures on the screen
    this.calm = null; // the frame that all of was there
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    this.cut = 0.5;
    this.draft = [];
    this.size = [0, 0];
    this.worker = worker;
    this.worker.onmessage = ({ data }) => this.heard(data);
    this.worker.onerror = () => this.tell.wrong("the drawing side of the page did not start");
    const far = canvas.transferControlToOffscreen();
    this.worker.postMessage({ do: "begin", canvas: far }, [far]);
    this.watch = new ResizeObserver(() => this.redraw());
    this.watch.observe(canvas.parentElement);
  }

  end() {
    this.watch.disconnect();
    this.worker.terminate();
  }

  heard(told) {
    if (told.said === "shown") {
      this.tell.shown(told);
      // Neighbours are asked for once all of this frame is there, and not before.
      const whole = told.frame === this.state.frame && told.exact === this.expects;
      if (whole && this.calm !== told.frame) {
        this.calm = told.frame;
        this.redraw();
      }
    }
    if (told.said === "missing") this.tell.missing(told.file);
    else if (told.said === "wrong") this.tell.wrong(told.message);
    else if (told.said === "view") {
      const { done, fail } = this.views.get(told.name);
      if (told.wrong) fail(new Error(told.wrong));
      else done();
    } else if (told.said === "values") {
      this.questions.get(told.number)?.(told.found);
      this.questions.delete(told.number);
    }
  }

  // Draw through a view; resolves once it is compiled. {name, text, function, tables, ...}
  view(view) {
    const compiled = new Promise((done, fail) => this.views.set(view.name, { done, fail }));
    const values = view.tables.map((table) => table.values.buffer);
    this.worker.postMessage({ do: "view", view }, values);
    return compiled;
  }

  // Say what should be seen, once before the screen is drawn the next time.
  redraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  // -- where things lie, in CSS pixels from the canvas's top left -----------------------

  get aspect() {
    const { index } = this.state;
    return (index.width_px * index.pixel_aspect) / index.height_px;
  }

  get compares() {
    return ["wipe", "difference"].includes(this.state.mode);
  }

  cells() {
    const [width, height] = this.size;
    if (this.state.mode !== "grid") {
      const box = [0, 0, width, height];
      return [{ id: this.shownAlone, box, picture: this.placed(box) }];
    }
    const ids = this.state.row;
    let best = { wide: 0, columns: 1 };
    for (let columns = 1; columns <= ids.length; columns += 1) {
      const rows = Math.ceil(ids.length / columns);
      const wide = Math.min(
        (width - GAP * (columns + 1)) / columns,
        ((height - GAP) / rows - GAP - CAPTION) * this.aspect,
      );
      if (wide > best.wide) best = { wide, columns, rows };
    }
    const wide = Math.floor(best.wide), tall = Math.floor(wide / this.aspect);
    const left = Math.floor((width - best.columns * (wide + GAP) + GAP) / 2);
    const used = best.rows * (tall + CAPTION + GAP) - GAP;
    const top = Math.max(GAP / 2, Math.floor((height - used) / 2));
    return ids.map((id, place) => {
      const column = place % best.columns, row = Math.floor(place / best.columns);
      const box = [left + column * (wide + GAP), top + row * (tall + CAPTION + GAP), wide, tall];
      return { id, box, picture: this.placed(box) };
    });
  }

  get shownAlone() {
    const { mode, flipped, a, b } = this.state;
    return mode === "toggle" && flipped ? b : a;
  }

  placed([left, top, width, height]) {
    const wide = Math.min(width, height * this.aspect) * this.zoom;
    const tall = wide / this.aspect;
    return [
      left + width / 2 - this.centre[0] * wide,
      top + height / 2 - this.centre[1] * tall,
      wide,
      tall,
    ];
  }

  // The size of the whole picture on the screen, in its own pixels: what a signature says.
  get seenSize() {
    const own = window.devicePixelRatio || 1;
    const [, , wide, tall] = this.cells()[0].picture;
    return [Math.max(1, Math.round(wide * own)), Math.max(1, Math.round(tall * own))];
  }

  cellAt(x, y) {
    return this.cells().find(
      ({ box }) => x >= box[0] && y >= box[1] && x < box[0] + box[2] && y < box[1] + box[3],
    );
  }

  // Display-window pixels, not rounded, of a place on the screen.
  pixelAt(x, y, cell) {
    const { index } = this.state;
    const [left, top, wide, tall] = cell.picture;
    return [
      ((x - left) / wide) * index.width_px,
      ((y - top) / tall) * index.height_px,
    ];
  }

  placeOf([x, y], cell) {
    const { index } = this.state;
    const [left, top, wide, tall] = cell.picture;
    return [left + (x / index.width_px) * wide, top + (y / index.height_px) * tall];
  }

  // -- which files -----------------------------------------------------------------------

  names(id, frame) {
    const { index } = this.state;
    const frames = id === "plate" ? index.plate : index.versions[id]?.frames;
    return frames?.[frame];
  }

  wish(id, frame, level) {
    const name = this.names(id, frame)?.[level];
    if (!name) return null;
    const { width_px: width, height_px: height } = this.state.index.levels[level];
    const heavy = level === "large";
    return { shot: this.state.shot, name, width, height, channels: id === "plate" ? 4 : 3, heavy };
  }

  // Every pixel is wanted where the large pictures have fewer than the screen shows of them.
  wantsFull(cell) {
    const { index, mode } = this.state;
    const own = window.devicePixelRatio || 1;
    if (!index.levels.full || mode === "grid") return false;
    return cell.picture[2] * own > index.levels.large.width_px * 1.25;
  }

  // The tiles of the whole picture that lie in a cell, the middle ones first.
  tilesIn(cell) {
    const { width_px: width, height_px: height, tile_px: side } = this.state.index.levels.full;
    const [left, top, wide, tall] = cell.box;
    const from = this.fullAt(left, top, cell), to = this.fullAt(left + wide, top + tall, cell);
    const columns = Math.ceil(width / side), rows = Math.ceil(height / side);
    const found = [];
    const within = (place, most) => Math.min(most - 1, Math.max(0, Math.floor(place / side)));
    for (let row = within(from[1], rows); row <= within(to[1], rows); row += 1) {
      for (let column = within(from[0], columns); column <= within(to[0], columns); column += 1) {
        const x = column * side, y = row * side;
        found.push({ index: row * columns + column, x, y,
          width: Math.min(side, width - x), height: Math.min(side, height - y) });
      }
    }
    const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
    const away = ({ x, y }) => Math.hypot(x + side / 2 - middle[0], y + side / 2 - middle[1]);
    return found.sort((one, other) => away(one) - away(other));
  }

  fullAt(x, y, cell) {
    const { width_px: width, height_px: height } = this.state.index.levels.full;
    const [left, top, wide, tall] = cell.picture;
    return [((x - left) / wide) * width, ((y - top) / tall) * height];
  }

  tileWish(id, tile) {
    const file = this.names(id, this.state.frame)?.full;
    if (!file) return null;
    const { width_px: width, height_px: height, tile_px: side } = this.state.index.levels.full;
    const count = Math.ceil(width / side) * Math.ceil(height / side);
    return { shot: this.state.shot, name: `${file} ${tile.index}`, heavy: true,
      width: tile.width, height: tile.height, channels: id === "plate" ? 4 : 3,
      tile: { file, index: tile.index, count } };
  }

  // Frames are passed by: small pictures, the newest frame first, and nothing ahead of it.
  get passes() {
    const { moving, playing, mode } = this.state;
    return playing ? mode === "grid" : moving;
  }

  // One picture, as the drawing side is told of it: its files, the one to be seen first.
  source(id, large) {
    const { tiny, small, large: all, full } = this.names(id, this.state.frame) ?? {};
    const names = (large ? [all, small, tiny] : [small, tiny, all]).filter(Boolean);
    return { id, names, full, passing: this.passes };
  }

  wantsLarge(cell) {
    const own = window.devicePixelRatio || 1;
    return cell.picture[2] * own > this.state.index.levels.small.width_px * 1.25;
  }

  wishes(cells) {
    const { frame, index, mode, playing, a, b } = this.state;
    const large = this.wantsLarge(cells[0]);
    const ids = cells.map((cell) => cell.id);
    if (mode !== "grid" && (this.compares || mode === "toggle")) {
      for (const id of [a, b]) if (!ids.includes(id)) ids.push(id);
    }
    const matte = this.state.channel === "a";
    const all = matte || this.state.flash ? [...ids, "plate"] : ids;
    const count = index.last - index.first + 1;
    const list = [];
    const ahead = (steps, level, way = 1) => {
      for (let step = 1; step <= Math.min(steps, count - 1); step += 1) {
        const next = index.first + ((frame - index.first + way * step + count * step) % count);
        for (const id of ids) list.push(this.wish(id, next, level));
      }
    };
    const light = mode === "grid" ? "tiny" : "small";
    if (this.passes) {
      for (const id of all) list.push(this.wish(id, frame, light));
      if (playing) ahead(AHEAD, light);
      return list.filter(Boolean);
    }
    for (const id of all) list.push(this.wish(id, frame, "small"));
    if (large) for (const id of all) list.push(this.wish(id, frame, "large"));
    if (playing) {
      ahead(count - 1, large ? "large" : "small");
      return list.filter(Boolean);
    }
    if (this.wantsFull(cells[0])) {
      const tiles = this.tilesIn(cells[0]);
      for (const tile of tiles) for (const id of all) list.push(this.tileWish(id, tile));
    }
    list.push(this.wish("plate", frame, "small"));
    if (this.calm !== frame) return list.filter(Boolean);
    ahead(1, large ? "large" : "small");
    ahead(NEAR, light);
    ahead(NEAR, light, -1);
    return list.filter(Boolean);
  }

  // -- drawing ---------------------------------------------------------------------------

  draw() {
    const { state } = this;
    if (!state.index) return;
    const own = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    this.size = [width, height];
    const pixels = this.size.map((side) => Math.round(side * own));
    if (this.over.width !== pixels[0] || this.over.height !== pixels[1]) {
      [this.over.width, this.over.height] = pixels;
    }
    const cells = this.cells();
    const large = this.wantsLarge(cells[0]);
    const plate = state.channel === "a" ? this.source("plate", large) : null;
    const full = state.index.levels.full;
    const tiles = this.wantsFull(cells[0]) && !state.moving && !state.playing && {
      width: full.width_px, height: full.height_px, list: this.tilesIn(cells[0]),
      sharp: cells[0].picture[2] * own >= full.width_px,
    };
    const jobs = cells.map((cell) => ({
      tiles,
      a: this.source(state.flash && state.index.plate[state.frame] ? "plate" : cell.id, large),
      b: this.compares ? this.source(state.b, large) : null,
      plate,
      box: cell.box.map((side) => side * own),
      picture: cell.picture.map((side) => side * own),
      mode: this.compares ? state.mode : "single",
      channel: state.channel,
      cut: this.cut,
      gain: state.gain,
      exposure: state.exposure,
      gamma: state.gamma,
      sharp: cell.picture[2] * own > state.index.levels.large.width_px * 2,
    }));
    const scene = {
      number: (this.number += 1), frame: state.frame, size: pixels, jobs,
      surround: SURROUNDS[state.surround % SURROUNDS.length],
      moves: state.moving || state.playing, wants: this.wishes(cells),
    };
    this.expects = jobs.length;
    this.worker.postMessage({ do: "show", scene });
    this.paper.draw(cells, own);
    this.tell.placed(cells);
  }

  // -- looking ---------------------------------------------------------------------------

  zoomBy(factor, x = this.size[0] / 2, y = this.size[1] / 2) {
    const cell = this.cellAt(x, y) ?? this.cells()[0];
    const [left, top, wide, tall] = cell.picture;
    const at = [(x - left) / wide, (y - top) / tall];
    const before = this.zoom;
    this.zoom = Math.min(128, Math.max(1, this.zoom * factor));
    if (this.zoom === 1) this.centre = [0.5, 0.5];
    else {
      const grown = this.zoom / before;
      this.centre = this.centre.map((c, i) => at[i] + (c - at[i]) / grown);
    }
    this.redraw();
  }

  // One pixel of the picture on so many of the screen.
  pixels(count) {
    const own = window.devicePixelRatio || 1;
    const cell = this.cells()[0];
    const now = (cell.picture[2] * own) / this.state.index.width_px;
    this.zoomBy(count / now, ...(this.pointer ?? []));
  }

  fit() {
    this.zoom = 1;
    this.centre = [0.5, 0.5];
    this.redraw();
  }

  panBy(dx, dy) {
    const [, , wide, tall] = this.cells()[0].picture;
    this.centre = [this.centre[0] - dx / wide, this.centre[1] - dy / tall].map((c) =>
      Math.min(1, Math.max(0, c)),
    );
    this.redraw();
  }

  // The tile that a place lies in, and where in it.
  near(names, at) {
    const { full } = this.state.index.levels;
    if (!full || !names?.full) return null;
    const x = Math.floor(at[0] * full.width_px), y = Math.floor(at[1] * full.height_px);
    const column = Math.floor(x / full.tile_px), row = Math.floor(y / full.tile_px);
    const index = row * Math.ceil(full.width_px / full.tile_px) + column;
    return { name: `${names.full} ${index}`, width: full.width_px,
      x: x - column * full.tile_px, y: y - row * full.tile_px };
  }

  // A tiled picture is there now.
  there(file) {
    this.worker.postMessage({ do: "there", file });
  }

  // Scene-linear values of pictures at a place, from what was loaded of them: [{id, values,
  // exact}]. Asked of the drawing side, which has the pictures.
  async values(ids, [x, y]) {
    const { index, frame } = this.state;
    const at = [x / index.width_px, y / index.height_px];
    if (!at.every((share) => share >= 0 && share < 1)) return null;
    const asked = ids.map((id) => {
      const names = this.names(id, frame);
      return { id, names: [names?.large, names?.small].filter(Boolean), at, near: this.near(names, at) };
    });
    const number = (this.number += 1);
    const answer = new Promise((done) => this.questions.set(number, done));
    this.worker.postMessage({ do: "values", number, asked });
    return (await answer).map((one) => ({ ...one, exact: one.width === index.width_px }));
  }
}
