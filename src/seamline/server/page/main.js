// The page: log in, the shots of the show, one shot.

import * as api from "./api.js";
import { byId, fill, h, say, sayProblem } from "./dom.js";
import { openShot } from "./look.js";

const app = byId("app");
let me = null;
let leave = null; // what the screen before has to end

function screen(...inside) {
  leave?.();
  leave = null;
  fill(app, ...inside);
}

function door() {
  document.title = "seamline · review";
  const token = h("input", {
    id: "token", type: "password", autocomplete: "off", required: true, spellcheck: "false",
  });
  const form = h(
    "form",
    {
      class: "door",
      submit: async (event) => {
        event.preventDefault();
        try {
          me = await api.logIn(token.value);
          token.value = "";
          await route();
        } catch (error) {
          sayProblem(error);
          token.select();
        }
      },
    },
    h("h1", {}, h("small", {}, "seamline"), "Review"),
    h("label", { for: "token" }, "Your token"),
    token,
    h("button", { class: "main", type: "submit" }, "Log in"),
    h("p", { class: "soft" }, "It was said once, by ", h("code", {}, "seamline user add"), "."),
  );
  screen(h("main", {}, form));
  token.focus();
}

function top(...inside) {
  return h(
    "header",
    { class: "top" },
    h("a", { href: "#", class: "home" }, me.show),
    ...inside,
    h("span", { class: "who" }, `${me.name} · ${me.role}`),
    h("button", { type: "button", click: logOut }, "Log out"),
  );
}

async function logOut() {
  await api.logOut().catch(() => {});
  me = null;
  door();
}

const SCREENED = {
  ready: ["pass", "✓", "ready to look at"],
  part: ["apart", "◐", "partly ready"],
  none: ["open", "○", "not made ready"],
  "nothing painted": ["open", "–", "nothing painted"],
};

async function shots() {
  document.title = `${me.show} · review`;
  const found = (await api.get("/shots")).shots;
  const rows = found.map((shot) => {
    const [kind, mark, word] = SCREENED[shot.screening];
    const needs = ["none", "part"].includes(shot.screening);
    const make = h("button", { type: "button", click: () => ready(shot.shot, make) }, "Make ready");
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("a", { href: `#${shot.shot}` }, shot.shot)),
      h("td", {}, shot.frames),
      h("td", {}, shot.done.map((word) => h("span", { class: "step" }, word))),
      h("td", {}, shot.next || "all done", shot.waits_on && h("small", {}, shot.waits_on)),
      h("td", {}, shot.stale.length ? `${shot.stale.length} stale` : "", shot.failed.length > 0 &&
        h("span", { class: "chip fail" }, `✕ ${shot.failed.join(", ")}`)),
      h("td", {}, h("span", { class: `chip ${kind}` }, `${mark} ${word}`), needs && make),
    );
  });
  const heads = ["Shot", "Frames", "Stands", "Next", "Wrong", "On this page"];
  screen(
    top(),
    h(
      "main",
      { class: "list" },
      h("h1", {}, h("small", {}, "Review"), me.show),
      h("div", { class: "wide" }, h("table", { class: "shots" },
        h("thead", {}, h("tr", {}, heads.map((word) => h("th", { scope: "col" }, word)))),
        h("tbody", {}, rows))),
      !found.length && h("p", {}, "There is no shot yet: seamline shot add."),
    ),
  );
}

async function ready(name, button) {
  button.disabled = true;
  try {
    const errand = await api.post(`/shots/${name}/screening`);
    say(`${name}: its pictures are being made ready`);
    await api.ended(errand, ({ done, of }) => {
      if (of) button.textContent = `${Math.round(done)} of ${Math.round(of)}`;
    });
    if (!location.hash.slice(1)) await shots();
    say(`${name} is ready`);
  } catch (error) {
    button.disabled = false;
    sayProblem(error);
  }
}

async function route() {
  if (!me) return door();
  const name = decodeURIComponent(location.hash.slice(1));
  try {
    if (!/^[A-Za-z0-9][A-Za-z0-9_]{0,63}$/.test(name)) return await shots();
    const inside = h("div", { class: "shot" });
    screen(inside);
    leave = await openShot(inside, name, me, top);
  } catch (error) {
    if (error.status === 401) {
      me = null;
      return door();
    }
    sayProblem(error);
    if (name) location.hash = "";
  }
}

addEventListener("hashchange", route);
try {
  me = await api.who();
} catch {
  me = null;
}
await route();
