// Drawing: half-float pictures through OpenColorIO's own shader (WebGL 2).
//
// Everything is scene-linear until the view's function; nothing is 8 bit before the screen.

const LOOK_MS = 4;

const VERTEX = `#version 300 es
uniform vec4 u_part;  // where in the cell the picture lies: left, top, width, height, 0 to 1
out vec2 v_at;
void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  v_at = corner;
  vec2 at = u_part.xy + corner * u_part.zw;
  gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}`;

const BODY = `
uniform sampler2D u_a, u_b, u_plate;
uniform int u_mode, u_channel;
uniform float u_cut, u_gain;
in vec2 v_at;
out vec4 o_shown;
void main() {
  vec3 light = texture(u_a, v_at).rgb;
  if (u_mode == 1 && v_at.x > u_cut) light = texture(u_b, v_at).rgb;
  if (u_mode == 2) light = abs(light - texture(u_b, v_at).rgb) * u_gain;
  if (u_channel == 4) {  // the matte is no colour: it is shown as it is
    o_shown = vec4(vec3(texture(u_plate, v_at).a), 1.0);
    return;
  }
  if (u_channel == 1) light = light.rrr;
  if (u_channel == 2) light = light.ggg;
  if (u_channel == 3) light = light.bbb;
  // Luminance of AP1 (SMPTE ST 2065-4's primaries), the working space's.
  if (u_channel == 5) light = vec3(dot(light, vec3(0.2722287168, 0.6740817658, 0.0536895174)));
  o_shown = vec4(clamp(OCIO_VIEW(vec4(light, 1.0)).rgb, 0.0, 1.0), 1.0);
}`;

export const MODES = { single: 0, wipe: 1, difference: 2 };
export const CHANNELS = { rgb: 0, r: 1, g: 2, b: 3, a: 4, luma: 5 };

export class Renderer {
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false });
    if (!gl) throw new Error("this browser has no WebGL 2");
    this.gl = gl;
    // Tables of 32-bit floats are looked up between entries where the machine can; else as
    // halves, which every WebGL 2 can.
    this.floatLinear = Boolean(gl.getExtension("OES_texture_float_linear"));
    this.programs = new Map();
    this.current = null;
    gl.bindVertexArray(gl.createVertexArray());
    this.black = this.picture(new Uint16Array(4), 1, 1, 4);
  }

  // Compile a view: {name, text, function, exposure, gamma, tables: [{..., values}]}.
  use(view) {
    let made = this.programs.get(view.name);
    if (!made) {
      made = this.compile(view);
      this.programs.set(view.name, made);
    }
    this.current = made;
  }

  has(name) {
    return this.programs.has(name);
  }

  compile(view) {
    const { gl } = this;
    const fragment =
      "#version 300 es\nprecision highp float;\nprecision highp int;\n" +
      "precision highp sampler2D;\nprecision highp sampler3D;\n" +
      view.text +
      BODY.replace("OCIO_VIEW", view.function);
    const program = gl.createProgram();
    for (const [kind, text] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, fragment],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      const log = gl.getAttachedShaders(program).map((one) => gl.getShaderInfoLog(one));
      throw new Error(`${view.name}: ${log.join(" ").slice(0, 300)}`);
    }
    const at = (name) => (name ? gl.getUniformLocation(program, name) : null);
    const names = ["u_part", "u_a", "u_b", "u_plate", "u_mode", "u_channel", "u_cut", "u_gain"];
    const uniforms = Object.fromEntries(names.map((name) => [name, at(name)]));
    uniforms.exposure = at(view.exposure);
    uniforms.gamma = at(view.gamma);
    const tables = view.tables.map((table) => ({
      at: at(table.sampler),
      target: table.size.length === 3 ? gl.TEXTURE_3D : gl.TEXTURE_2D,
      texture: this.table(table),
    }));
    return { name: view.name, program, uniforms, tables };
  }

  table({ size, channels, linear, values }) {
    const { gl } = this;
    const target = size.length === 3 ? gl.TEXTURE_3D : gl.TEXTURE_2D;
    const half = linear && !this.floatLinear;
    const inside = channels === 1 ? (half ? gl.R16F : gl.R32F) : half ? gl.RGB16F : gl.RGB32F;
    const outside = channels === 1 ? gl.RED : gl.RGB;
    const texture = gl.createTexture();
    gl.bindTexture(target, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    if (size.length === 3) {
      gl.texImage3D(target, 0, inside, ...size, 0, outside, gl.FLOAT, values);
    } else {
      gl.texImage2D(target, 0, inside, ...size, 0, outside, gl.FLOAT, values);
    }
    const way = linear ? gl.LINEAR : gl.NEAREST;
    for (const which of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(target, which, way);
    }
    for (const which of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) {
      gl.texParameteri(target, which, gl.CLAMP_TO_EDGE);
    }
    return texture;
  }

  // Upload half floats: rows from the top, channels 3 or 4. Into a texture of the same size
  // where one is handed in: to make one takes longer than to fill it.
  picture(halves, width, height, channels, into = null) {
    const { gl } = this;
    const texture = into ?? gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    const [inside, outside] =
      channels === 4 ? [gl.RGBA16F, gl.RGBA] : [gl.RGB16F, gl.RGB];
    if (!into) {
      gl.texStorage2D(gl.TEXTURE_2D, 1, inside, width, height);
      for (const which of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
        gl.texParameteri(gl.TEXTURE_2D, which, gl.CLAMP_TO_EDGE);
      }
    }
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, width, height, outside, gl.HALF_FLOAT, halves,
    );
    return texture;
  }

  drop(texture) {
    this.gl.deleteTexture(texture);
  }

  clear(grey) {
    const { gl } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(grey, grey, grey, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  // Draw one cell. `box` and `picture` are in canvas pixels from the top left: what may be
  // drawn on, and where the whole picture would lie.
  draw({ box, picture, a, b, plate, mode, channel, cut, gain, exposure, gamma, sharp }) {
    const { gl, current } = this;
    const { program, uniforms, tables } = current;
    const [left, top, width, height] = box;
    gl.useProgram(program);
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(left, this.canvas.height - top - height, width, height);
    gl.viewport(left, this.canvas.height - top - height, width, height);
    const shown = [a, b ?? a, plate ?? this.black];
    shown.forEach((texture, place) => {
      gl.activeTexture(gl.TEXTURE0 + place);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      const way = sharp ? gl.NEAREST : gl.LINEAR;
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, way);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, way);
    });
    gl.uniform1i(uniforms.u_a, 0);
    gl.uniform1i(uniforms.u_b, 1);
    gl.uniform1i(uniforms.u_plate, 2);
    tables.forEach((table, place) => {
      gl.activeTexture(gl.TEXTURE3 + place);
      gl.bindTexture(table.target, table.texture);
      gl.uniform1i(table.at, 3 + place);
    });
    gl.uniform4f(
      uniforms.u_part,
      (picture[0] - left) / width,
      (picture[1] - top) / height,
      picture[2] / width,
      picture[3] / height,
    );
    gl.uniform1i(uniforms.u_mode, MODES[mode] ?? 0);
    gl.uniform1i(uniforms.u_channel, CHANNELS[channel] ?? 0);
    gl.uniform1f(uniforms.u_cut, cut ?? 0.5);
    gl.uniform1f(uniforms.u_gain, gain ?? 1);
    gl.uniform1f(uniforms.exposure, exposure ?? 0);
    // As viewers have it: a gamma above 1 is brighter.
    gl.uniform1f(uniforms.gamma, 1 / (gamma ?? 1));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  // Resolves once all that was asked for is drawn. Whoever asks for more before waits with it.
  async done() {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    while (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) {
      if (gl.isContextLost()) break;
      await new Promise((next) => setTimeout(next, LOOK_MS));
    }
    gl.deleteSync(fence);
  }

  // What stands in the canvas: RGBA bytes, rows from the bottom (as WebGL has them).
  read(left, bottom, width, height) {
    const { gl } = this;
    const bytes = new Uint8Array(width * height * 4);
    gl.readPixels(left, bottom, width, height, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  }
}
