// The drawing side of the page: a thread of its own that fetches, inflates, uploads and draws.
//
// The page says what should stand on the screen; the newest word wins, and what was said
// meanwhile is never drawn. So nothing here, however slow the graphics are, holds the page up.

import { Renderer } from "./gl.js";
import { fromHalf, Pictures } from "./pictures.js";

// A screen that takes longer to draw is drawn smaller while frames pass: at a half, at a third.
const SLOW_MS = 50;
const SLOWER_MS = 250;

class Drawing {
  constructor(canvas, tell) {
    this.canvas = canvas;
    this.tell = tell;
    this.renderer = new Renderer(canvas);
    this.pictures = new Pictures(
      this.renderer, () => this.redraw(), (file) => tell({ said: "missing", file }),
    );
    this.last = new Map(); // source -> the picture of it that was shown last
    this.scene = null;
    this.took = 0;
  }

  view(view) {
    this.renderer.use(view);
    this.stands = "";
    this.redraw();
  }

  show(scene) {
    this.scene = scene;
    this.pictures.want(scene.wants);
    this.redraw();
  }

  // Draw until nothing newer was said. What came meanwhile is drawn once.
  async redraw() {
    this.again = true;
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.again) {
        this.again = false;
        await new Promise((next) => requestAnimationFrame(next));
        if (this.scene && this.renderer.current) await this.draw();
      }
    } catch (error) {
      this.tell({ said: "wrong", message: String(error.message ?? error) });
    } finally {
      this.drawing = false;
    }
  }

  async draw() {
    const { scene, renderer } = this;
    const share = scene.moves && this.took > SLOW_MS ? (this.took > SLOWER_MS ? 1 / 3 : 1 / 2) : 1;
    const [width, height] = scene.size.map((side) => Math.max(1, Math.round(side * share)));
    this.pictures.begin();
    let drawn = 0, exact = 0, tiles = 0;
    const jobs = [], names = [];
    for (const job of scene.jobs) {
      const a = this.best(job.a), b = job.b ? this.best(job.b) : a;
      const plate = job.plate ? this.best(job.plate) : { texture: null };
      if (!a.texture || !b.texture) continue;
      drawn += 1;
      exact += Number(a.exact && b.exact);
      names.push(a.name, b.name, plate.name);
      const scaled = (rect) => rect.map((side) => side * share);
      const whole = {
        ...job, a: a.texture, b: b.texture, plate: plate.texture, tiles: null,
        box: scaled(job.box).map(Math.round), picture: scaled(job.picture),
      };
      jobs.push(whole);
      for (const [tile, ...shown] of this.tiles(job)) {
        names.push(...shown.map((one) => one?.name));
        jobs.push({ ...whole, ...tiled(whole, job.tiles, tile, shown), sharp: job.tiles.sharp });
        tiles += 1;
      }
    }
    // What stands on the screen already is not drawn again.
    const looks = jobs.map(({ a, b, plate, ...how }) => how);
    const key = JSON.stringify([renderer.current.name, scene.surround, width, height, names, looks]);
    if (key !== this.stands) {
      this.stands = key;
      const began = performance.now();
      if (this.canvas.width !== width || this.canvas.height !== height) {
        this.canvas.width = width;
        this.canvas.height = height;
      }
      renderer.clear(scene.surround);
      for (const job of jobs) renderer.draw(job);
      await renderer.done();
      this.pictures.slow = performance.now() - began;
      if (share === 1) this.took = this.pictures.slow;
    }
    const { number, frame } = scene;
    this.tell({ said: "shown", number, frame, drawn, exact, tiles, smaller: share < 1 });
  }

  // What is there of {id, names, passing}, the best name first; else what stood before. While
  // frames are passed by, only the cheapest is uploaded, and a better one taken if it stands.
  best({ id, names, passing }) {
    const ready = names.find((name) => this.pictures.get(name)?.texture);
    const order = passing ? [ready, ...names.slice().reverse()] : names;
    for (const name of order) {
      const texture = name && this.pictures.texture(name);
      if (texture) {
        this.last.set(id, name);
        return { texture, name, exact: true };
      }
    }
    const name = this.last.get(id);
    return { texture: (name && this.pictures.texture(name)) || null, name, exact: false };
  }

  // The tiles that stand ready of all pictures of a job, in the order [tile, a, b, plate].
  tiles({ tiles, a, b, plate }) {
    if (!tiles) return [];
    return tiles.list.map((tile) => {
      const of = (source) => {
        const name = source && `${source.full} ${tile.index}`;
        return source && { name, texture: this.pictures.texture(name) };
      };
      return [tile, of(a), b ? of(b) : of(a), of(plate)];
    }).filter(([, ...shown]) => shown.every((one) => !one || one.texture));
  }

  // Scene-linear values at a place (0 to 1 across and down), of the first that is there.
  values(asked) {
    return asked.map(({ id, names, at, near }) => {
      const tile = near && this.pictures.get(near.name);
      if (tile) return { id, values: valuesAt(tile, near.x, near.y), width: near.width };
      for (const name of names) {
        const found = this.pictures.get(name);
        if (!found) continue;
        const x = Math.min(found.width - 1, Math.floor(at[0] * found.width));
        const y = Math.min(found.height - 1, Math.floor(at[1] * found.height));
        return { id, values: valuesAt(found, x, y), width: found.width };
      }
      return { id, values: null, width: 0 };
    });
  }
}

function valuesAt({ halves, width, channels }, x, y) {
  const from = (y * width + x) * channels;
  return [...halves.subarray(from, from + channels)].map(fromHalf);
}

// Where a tile lies in its picture, and where in it a wipe's edge.
function tiled({ picture, cut }, { width, height }, tile, [a, b, plate]) {
  const [left, top, wide, tall] = picture;
  return {
    a: a.texture, b: b.texture, plate: plate?.texture,
    picture: [
      left + (tile.x / width) * wide, top + (tile.y / height) * tall,
      (tile.width / width) * wide, (tile.height / height) * tall,
    ],
    cut: (cut * width - tile.x) / tile.width,
  };
}

let drawing = null;
const acts = {
  begin: ({ canvas }) => (drawing = new Drawing(canvas, (told) => postMessage(told))),
  view: ({ view }) => {
    try {
      drawing.view(view);
      postMessage({ said: "view", name: view.name });
    } catch (error) {
      postMessage({ said: "view", name: view.name, wrong: String(error.message ?? error) });
    }
  },
  show: ({ scene }) => drawing.show(scene),
  values: ({ number, asked }) =>
    postMessage({ said: "values", number, found: drawing.values(asked) }),
  there: ({ file }) => {
    drawing.pictures.there(file);
    drawing.show(drawing.scene);
  },
  forget: () => drawing.pictures.forget(),
};

addEventListener("message", ({ data }) => {
  if (!drawing && data.do !== "begin") return;
  try {
    acts[data.do](data);
  } catch (error) {
    postMessage({ said: "wrong", message: String(error.message ?? error) });
  }
});
