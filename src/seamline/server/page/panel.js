// Beside the pictures: checks, sources, notes, verdicts, choosing, signing, history.

import * as api from "./api.js";
import { byId, CHECKED, chip, fill, h, OPINIONS, say, short, when } from "./dom.js";

const MOST_HEARD = 8;

export class Panel {
  constructor(look) {
    this.look = look;
    this.heardOf = [];
    this.root = h("aside", { class: "panel", "aria-label": "The variation" });
    this.howFar = h("span", { role: "status" });
    this.news = h("ul", { class: "news" });
    this.level = h("p", { class: "soft", role: "status" });
    this.text = h("textarea", { id: "note", rows: 3, maxlength: 2000,
      placeholder: "A note on this frame …" });
    this.penButton = h("button", { type: "button", click: () => this.pen() }, "✎ Draw");
  }

  show() {
    const { look } = this;
    const { state } = look;
    const version = look.version(state.a);
    const at = this.root.scrollTop;
    if (!version) return void fill(this.root, h("p", {}, "Nothing can be shown yet."));
    const missing = state.facts.status.missing;
    fill(this.root,
      missing.length > 0 && h("div", { class: "warning" },
        `${missing.map(short).join(", ")} cannot be seen here yet. `, this.howFar,
        !look.making && h("button", { type: "button", click: () => {
          look.tried = "";
          look.makeReady();
        } }, "Make ready")),
      this.head(version), this.acts(version), this.noting(), this.checks(version),
      this.sources(version), this.history(), this.ongoing());
    this.root.scrollTop = at;
    this.penned();
  }

  // How far what was painted since is made ready.
  making(words) {
    this.howFar.textContent = words;
    if (!this.look.making || words === "") this.show();
  }

  head(version) {
    const { facts } = this.look.state;
    const signed = version.signed;
    return h("div", { class: "head" },
      h("h2", {}, short(version.id)),
      facts.chosen === version.id && h("span", { class: "state" }, `★ chosen by ${facts.chosen_by}`),
      signed.map((one) => h("span", { class: "state signed", title: `${when(one.at)}, seen through ${one.view} at ${one.size_px.join(" × ")}` }, `✓ signed by ${one.by}`)),
      h("code", {}, version.id),
      h("p", { class: "soft" }, `${version.generator}, seed ${version.seed} · frames ${version.frames || facts.frames}`));
  }

  acts(version) {
    const { look } = this;
    const { me, facts } = look.state;
    const mine = version.verdicts[me.name];
    const verdicts = Object.entries(OPINIONS).map(([word, [, mark]]) =>
      h("button", { type: "button", "aria-pressed": String(mine === word), disabled: !me.speaks,
        click: () => look.judge(word) }, `${mark} ${word}`));
    const others = Object.entries(version.verdicts).filter(([name]) => name !== me.name);
    const taken = facts.chosen === version.id;
    return h("div", { class: "acts" },
      h("div", { class: "group", role: "group", "aria-label": "Your verdict" }, verdicts),
      others.map(([name, word]) => h("p", { class: "soft" }, `${name}: ${OPINIONS[word][1]} ${word}`)),
      h("div", { class: "row" },
        h("button", { type: "button", id: "choose", class: taken ? "" : "main", disabled: !me.judges,
          click: () => look.choose() }, taken ? "★ Take back" : "★ Choose"),
        h("button", { type: "button", id: "sign", disabled: !me.judges,
          click: () => look.sign() }, "✓ Sign …")),
      !me.judges && h("p", { class: "soft" }, "A supervisor or director chooses and signs."));
  }

  noting() {
    const { look } = this;
    const { facts, a, me } = look.state;
    const own = facts.notes.filter((n) => n.element === a).reverse();
    const list = own.map((note) => h("li", {},
      h("button", { type: "button", class: "link", click: () => look.goToNote(note) },
        h("b", {}, note.by), ` at ${note.frame}`,
        note.verdict && chip(OPINIONS[note.verdict]),
        note.strokes?.length > 0 && h("span", { class: "soft" }, ` ✎ ${note.strokes.length}`)),
      note.text && h("p", {}, note.text),
      h("small", {}, when(note.at))));
    return h("section", {},
      h("h3", {}, `Notes on ${short(a)}`, h("span", { class: "soft" }, ` ${own.length || "none"}`)),
      me.speaks && h("form", { submit: (event) => { event.preventDefault(); this.leaveNote(); } },
        h("label", { for: "note", class: "hidden" }, "Note"), this.text,
        h("div", { class: "row" }, this.penButton,
          h("button", { type: "submit", id: "leave" }, "Leave note"))),
      h("ul", { class: "notes" }, list));
  }

  checks(version) {
    const order = Object.keys(CHECKED);
    const sorted = [...version.findings].sort((x, y) => order.indexOf(x.verdict) - order.indexOf(y.verdict));
    const line = (finding) => {
      const [kind, mark] = CHECKED[finding.verdict];
      const somewhere = finding.place || (finding.frame !== null && finding.frame !== undefined);
      const where = finding.frame ? ` frame ${finding.frame}` : "";
      return h("li", {},
        h("span", { class: `chip ${kind}` }, `${mark} ${finding.verdict}`),
        h("span", {}, h("b", {}, finding.check), ` ${finding.says}`,
          somewhere && h("button", { type: "button", class: "link go",
            click: () => this.look.findPlace(finding) }, `→${where}${finding.place ? " there" : ""}`)));
    };
    const open = sorted.filter((f) => f.verdict !== "pass");
    const passed = sorted.filter((f) => f.verdict === "pass");
    const tally = order.map((verdict) => {
      const count = sorted.filter((f) => f.verdict === verdict).length;
      return count > 0 && h("span", { class: `chip ${CHECKED[verdict][0]}` }, `${CHECKED[verdict][1]} ${count} ${verdict}`);
    });
    return h("section", {}, h("h3", {}, "Checks"),
      h("div", { class: "tally" }, tally),
      h("ul", { class: "findings" }, open.map(line)),
      passed.length > 0 && h("details", {}, h("summary", {}, `${passed.length} passed`),
        h("ul", { class: "findings" }, passed.map(line))));
  }

  sources(version) {
    const { facts, index } = this.look.state;
    const rows = version.references.map((one) => h("tr", {},
      h("td", {}, `${Math.round(one.share * 100)} %`), h("td", {}, one.name),
      h("td", {}, one.owner), h("td", {}, one.licence)));
    const lines = (list) => list.map((line) => h("li", {}, line));
    return h("section", {}, h("h3", {}, "Painted from"), h("table", {}, h("tbody", {}, rows)),
      h("details", {}, h("summary", {}, "What it says, lock and view"),
        h("ul", { class: "said" }, lines(version.says), lines(facts.lock),
          h("li", {}, `seen through ${index.view_words}`),
          h("li", {}, `plate ${facts.colourspace ?? "none"}; pictures here ${index.levels.large.width_px} × ${index.levels.large.height_px} of ${index.width_px} × ${index.height_px}, half float, linear ${index.working_space}`))));
  }

  history() {
    const { look } = this;
    const { facts, index } = look.state;
    const lines = [...facts.history].reverse().map((one) => h("li", {},
      one.id in index.versions
        ? h("button", { type: "button", class: "link", click: () => look.select(one.id) }, h("b", {}, short(one.id)))
        : h("b", {}, short(one.id)),
      one.id in index.versions && one.id !== look.state.a && h("button", {
        type: "button", class: "link go", click: () => look.compare(one.id) }, "⇆ compare"),
      one.parent && h("span", { class: "soft" }, ` from ${short(one.parent)}`),
      one.state.map((word) => h("span", { class: "step" }, word)),
      h("p", {}, one.changed.join("; ")),
      one.stale.map((why) => h("p", { class: "warning" }, `stale: ${why}`)),
      h("small", {}, `${when(one.at)} · ${one.by}`)));
    return h("details", { class: "history" }, h("summary", {}, h("h3", {}, `History, ${lines.length} versions`)),
      h("ul", { class: "notes" }, lines));
  }

  ongoing() {
    return h("section", {}, h("h3", {}, "Going on"), this.level, this.news,
      !this.heardOf.length && !this.level.textContent && h("p", { class: "soft" }, "Nothing is being painted."));
  }

  heard(kind, told) {
    const last = this.heardOf[0];
    const words = { queued: "is queued", claimed: "has a worker", frame: `frame ${told.frame} is done`,
      published: `is published: ${(told.versions ?? []).map(short).join(", ")}`,
      cancelled: "was cancelled", paused: "waits", resumed: "goes on", released: "was given back" };
    const line = `${told.ask}: ${words[kind]}`;
    if (kind === "frame" && last?.ask === told.ask && last.kind === "frame") this.heardOf.shift();
    if (kind === "published") this.level.textContent = "";
    this.heardOf = [{ ask: told.ask, kind, line }, ...this.heardOf].slice(0, MOST_HEARD);
    fill(this.news, this.heardOf.map((one) => h("li", {}, one.line)));
    if (kind === "published") say(line);
  }

  // Which level of which layer is painted now: of this shot, whoever paints it.
  paints({ doing, done, of }) {
    if (!doing.startsWith(`${this.look.state.shot}: `)) return;
    this.level.textContent = `${doing}; ${done.toFixed(1)} of ${of} are painted`;
  }

  // -- notes ----------------------------------------------------------------------------

  pen() {
    const { state } = this.look;
    if (!state.me.speaks) return;
    this.look.set({ pen: !state.pen });
    this.penned();
    if (state.pen) say("Draw on the picture; Leave note keeps it.");
  }

  penned() {
    const { state, viewer, over } = this.look;
    const count = viewer.draft.length;
    this.penButton.setAttribute("aria-pressed", String(state.pen));
    this.penButton.textContent = count ? `✎ ${count} drawn` : "✎ Draw";
    over.classList.toggle("pen", state.pen);
  }

  write() {
    byId("note")?.focus();
  }

  async leaveNote() {
    const { viewer } = this.look;
    const kept = await this.look.remark({ text: this.text.value, strokes: viewer.draft });
    if (kept) this.text.value = "";
    this.penned();
    if (kept) this.look.over.focus();
  }

  // Leave what was begun; say whether there was something.
  leave() {
    const { state, viewer } = this.look;
    const begun = state.pen || viewer.draft.length || state.place || viewer.zoom > 1;
    viewer.draft = [];
    if (begun) viewer.fit();
    this.look.set({ pen: false, place: null });
    this.penned();
    return begun;
  }

  // -- signing --------------------------------------------------------------------------

  askToSign() {
    const { look } = this;
    const { state, viewer } = look;
    const { me, facts } = state;
    if (!me.judges) return say("A supervisor or director signs.", true);
    const version = look.version(state.a);
    const key = facts.key;
    const [width, height] = viewer.seenSize;
    const seen = { view: state.view, width, height, exposure: state.exposure, gamma: state.gamma };
    const word = h("input", { id: "passphrase", type: "password", autocomplete: "off", required: true });
    const told = h("p", { class: "told", role: "status" });
    const go = h("button", { type: "submit", class: "main" }, "Sign");
    const sure = async (event) => {
      event.preventDefault();
      go.disabled = true;
      const passphrase = word.value;
      word.value = "";
      try {
        told.textContent = "Every pixel is read again …";
        const errand = await api.post(`/shots/${state.shot}/sign`, { element: version.id, passphrase, ...seen });
        const done = await api.ended(errand);
        box.close();
        say(done.says);
        await look.again();
      } catch (error) {
        told.textContent = [error.message, error.remedy].filter(Boolean).join(" — ");
        go.disabled = false;
        word.focus();
      }
    };
    const failed = version.findings.filter((f) => f.verdict === "fail");
    const no = !key.there ? `You have no key of your name. ${key.remedy}` :
      !key.protected ? "Your key has no passphrase; the page signs with none such." : "";
    const light = seen.exposure ? `${seen.exposure > 0 ? "+" : ""}${seen.exposure} stops` : "no exposure";
    const box = h("dialog", { class: "sign", close: () => { box.remove(); look.over.focus(); } },
      h("h2", {}, `Sign ${short(version.id)}`),
      h("p", {}, `You, ${me.name}, stand for exactly these pixels of `, h("code", {}, version.id),
        `: element, layers, mattes, plate and comp, frames ${version.frames || facts.frames}.`),
      h("p", {}, "Seen through ", h("b", {}, seen.view), ` at ${width} × ${height} pixels, ${light}, gamma ${seen.gamma}. Not a calibrated reference display.`),
      failed.length > 0 && h("p", { class: "warning" }, `✕ ${failed.length} failed: ${failed.map((f) => f.check).join(", ")}. They are signed with it.`),
      no && h("p", { class: "warning" }, no),
      h("form", { submit: sure },
        !no && h("label", { for: "passphrase" }, `Passphrase of key ${key.fingerprint}, for this once`), !no && word, told,
        h("div", { class: "row" }, !no && go,
          h("button", { type: "button", click: () => box.close() }, "Not now"))));
    look.root.append(box);
    box.showModal();
    word.focus();
  }
}
