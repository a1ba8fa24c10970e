// Pictures on their way: fetched, inflated and kept, the ones longest unseen let go first.

import { file } from "./api.js";

const AT_ONCE = 6; // what HTTP/1.1 gives one host
const MOST_BYTES = 480e6; // inflated
const MOST_ON_CARD = 400e6; // uploaded
const TOGETHER_MS = 25; // what comes within it is drawn at once
const TOGETHER_MOST_MS = 400;
const UPLOADS_MS = 12; // of a screen's 16; the rest waits for the next one

export class Pictures {
  constructor(renderer, changed, missing) {
    this.renderer = renderer;
    this.changed = changed;
    this.missing = missing; // told of a tiled picture that nobody has made yet
    this.tables = new Map(); // file -> where its tiles begin, on its way or there
    this.known = new Map(); // name -> {halves, width, height, channels, texture, bytes, screen}
    this.wanted = []; // [{shot, name, width, height, channels}], the most urgent first
    this.going = new Map();
    this.bytes = 0;
    this.onCard = 0;
    this.screen = 0;
    this.slow = 0; // how long the last screen took to draw
    this.failed = new Set();
  }

  // Return a texture if it is there, and have it come if not.
  texture(name) {
    const found = this.known.get(name);
    if (!found) return null;
    this.known.delete(name);
    this.known.set(name, found); // newest last
    found.screen = this.screen;
    if (!found.texture) {
      if (performance.now() - this.began > UPLOADS_MS) {
        this.changed();
        return null;
      }
      const { halves, width, height, channels } = found;
      const into = this.room(found);
      found.texture = this.renderer.picture(halves, width, height, channels, into);
    }
    return found.texture;
  }

  // A texture of the same size that is not on this screen is filled again, once there are many.
  room(picture) {
    const { width, height, channels, bytes } = picture;
    if (this.onCard + bytes > MOST_ON_CARD) {
      for (const old of this.known.values()) {
        if (!old.texture || old.screen === this.screen) continue;
        const { texture } = old;
        old.texture = null;
        if (old.width === width && old.height === height && old.channels === channels) {
          return texture;
        }
        this.renderer.drop(texture);
        this.onCard -= old.bytes;
        if (this.onCard + bytes <= MOST_ON_CARD) break;
      }
    }
    this.onCard += bytes;
    return null;
  }

  get(name) {
    return this.known.get(name);
  }

  // A new screen begins: so much may be uploaded in it.
  begin() {
    this.screen += 1;
    this.began = performance.now();
  }

  // Say what is wanted now, in this order; what nobody wants any more is not begun. A small
  // one that is on its way comes all the same: while frames fly by, some have to arrive.
  want(list) {
    this.wanted = list.filter((one) => !this.known.has(one.name) && !this.failed.has(one.name));
    const still = new Set(this.wanted.map((one) => one.name));
    for (const [name, { one, stop }] of this.going) {
      if (one.heavy && !still.has(name)) stop.abort();
    }
    this.next();
  }

  next() {
    while (this.going.size < AT_ONCE) {
      const one = this.wanted.find(({ name }) =>
        !this.going.has(name) && !this.known.has(name) && !this.failed.has(name));
      if (!one) return;
      const stop = new AbortController();
      this.going.set(one.name, { one, stop });
      this.bring(one, stop.signal)
        .catch((error) => {
          if (error.name !== "AbortError") this.failed.add(one.name);
        })
        .finally(() => {
          this.going.delete(one.name);
          this.next();
        });
    }
  }

  async bring(one, signal) {
    const answer = await (one.tile ? this.tile(one, signal) : file(one.shot, one.name, signal));
    const inflated = answer.body.pipeThrough(new DecompressionStream("deflate-raw"));
    const halves = new Uint16Array(await new Response(inflated).arrayBuffer());
    const { width, height, channels } = one;
    if (halves.length !== width * height * channels) throw new Error("not that picture");
    this.known.set(one.name, {
      halves, width, height, channels, bytes: halves.byteLength, texture: null, screen: 0,
    });
    this.bytes += halves.byteLength;
    this.letGo();
    this.soon();
  }

  // One tile of a large picture: its bytes alone are asked for.
  async tile({ shot, tile }, signal) {
    if (!this.tables.has(tile.file)) this.tables.set(tile.file, this.table(shot, tile));
    const begins = await this.tables.get(tile.file);
    return file(shot, tile.file, signal, begins[tile.index], begins[tile.index + 1]);
  }

  async table(shot, { file: name, count }) {
    try {
      const answer = await file(shot, name, undefined, 0, 4 * (count + 1));
      return new Uint32Array(await answer.arrayBuffer());
    } catch (error) {
      if (error.status === 404) this.missing(name);
      throw error;
    }
  }

  // A tiled picture is there now.
  there(name) {
    this.tables.delete(name);
    for (const failed of this.failed) if (failed.startsWith(name)) this.failed.delete(failed);
  }

  // Several that come at once are drawn at once; the slower it draws, the more wait together.
  soon() {
    if (this.late) return;
    this.late = setTimeout(() => {
      this.late = 0;
      this.changed();
    }, Math.min(TOGETHER_MOST_MS, Math.max(TOGETHER_MS, this.slow)));
  }

  letGo() {
    for (const [name, old] of this.known) {
      if (this.bytes <= MOST_BYTES) return;
      this.drop(old);
      this.known.delete(name);
      this.bytes -= old.bytes;
    }
  }

  drop(old) {
    if (!old.texture) return;
    this.renderer.drop(old.texture);
    old.texture = null;
    this.onCard -= old.bytes;
  }

  forget() {
    for (const old of this.known.values()) this.drop(old);
    this.known.clear();
    this.failed.clear();
    this.tables.clear();
    this.bytes = 0;
  }
}

// IEEE 754 binary16 to a number.
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const rest = bits & 1023;
  if (exponent === 0) return sign * rest * 2 ** -24;
  if (exponent === 31) return rest ? NaN : sign * Infinity;
  return sign * (1 + rest / 1024) * 2 ** (exponent - 15);
}
