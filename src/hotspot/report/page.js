"use strict";
// Shows one window and one selection at a time. All numbers come ready in the page; nothing is fetched.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const at = (id) => document.getElementById(id);
  const texts = read("texts");
  const address = new URLSearchParams(location.hash.slice(1));
  const last = texts.windows.length - 1;

  const whole = (value, most, otherwise) => {
    const number = /^\d+$/.test(value ?? "") ? Number(value) : otherwise;
    return Math.min(number, most);
  };
  const significant = (value, digits) => String(Number(value.toPrecision(digits)));
  const state = {
    lead: whole(address.get("lead"), last, texts.lead),
    selection: address.get("selection") === "none" ? -1 : whole(address.get("selection"), texts.selections.length - 1, 0),
  };

  function describe(source) {
    const [i] = source.selected.indices;
    if (i === undefined) return `Point at a ${texts.noun}, or tap it, to read its numbers.`;
    const row = (name) => source.data[name][i];
    const name = texts.noun[0].toUpperCase() + texts.noun.slice(1);
    const per = texts.per ? ` (${row("dense")} per ${texts.per})` : "";
    return `${name} ${row("id")}: ${row("show")} expected incidents${per}, ${row("share")} of the city, ` +
      `rank ${row("rank")} of ${source.data.id.length}, selected: ${row("chosen")}.`;
  }

  // what marks the selection: rings round cells, or the lines of street segments
  function marked(columns, chosen, lead) {
    if (!chosen) return { xs: [], ys: [], shade: [] };
    if (!texts.stroke) return chosen.rings[lead];
    const pick = (name) => chosen.cells[lead].map((i) => columns[name][i]);
    return { xs: pick("xs"), ys: pick("ys"), shade: pick("shade") };
  }

  // street segments are as wide as on the ground, but never too thin to see nor so wide that they hide the map
  function widen(map, plot) {
    const metres = (plot.x_range.end - plot.x_range.start) / plot.inner_width;
    const width = Math.round(2 * Math.min(Math.max(texts.stroke / metres, 1.5), 10)) / 2;
    const model = (name) => map.get_model_by_name(name);
    if (!Number.isFinite(width) || model("width").y[1] === width) return;
    model("width").y = [Math.max(0.35 * width, 0.8), width];
    model("core").y = [width, width];
    model("rim").glyph.line_width = { value: width + 6 };
    model("casing").glyph.line_width = { value: width + 4 };
  }

  function show(source, spots) {
    const { lead } = state;
    const chosen = texts.selections[state.selection];
    const columns = { ...source.data };
    for (const name of ["expected", "rank", "shade"]) columns[name] = columns[`${name}_${lead}`];
    const expected = Array.from(columns.expected);
    const total = texts.sums[lead];
    columns.show = expected.map((value) => significant(value, 3));
    columns.share = expected.map((value) => `${significant(total > 0 ? 100 * value / total : 0, 2)}\u00a0%`);
    if (texts.per) columns.dense = expected.map((value, i) => significant(value / columns.size[i], 3));
    columns.chosen = expected.map(() => "no");
    if (chosen) for (const i of chosen.cells[lead]) columns.chosen[i] = "yes";
    source.data = columns;
    spots.data = marked(columns, chosen, lead);

    at("lead").value = String(lead);
    at("earlier").disabled = lead === 0;
    at("later").disabled = lead === last;
    if (at("selection")) at("selection").value = chosen ? String(state.selection) : "none";
    at("summary").textContent = chosen ? chosen.summary[lead] : "";
    at("total").textContent = texts.totals[lead];
    at("picked").textContent = describe(source);
    document.body.dataset.lead = String(lead);
    document.body.dataset.selection = chosen ? String(state.selection) : "none";
  }

  function remember() {
    const selection = state.selection < 0 ? "none" : state.selection;
    // a map inside a notebook has no address of its own
    if (location.protocol !== "about:") history.replaceState(null, "", `#lead=${state.lead}&selection=${selection}`);
  }

  function zoom(plot, factor) {
    for (const range of [plot.x_range, plot.y_range]) {
      const middle = (range.start + range.end) / 2;
      const half = (range.end - range.start) / 2 * factor;
      range.have_updated_interactively = true; // or wider strokes would fit it to the data again
      range.setv({ start: middle - half, end: middle + half });
    }
  }

  Bokeh.embed.embed_item(read("figure"), "map").then(() => {
    const [map] = Bokeh.documents;
    const plot = map.get_model_by_name("plot");
    const source = map.get_model_by_name("cells");
    const spots = map.get_model_by_name("spots");
    const change = (part) => {
      Object.assign(state, part);
      show(source, spots);
      remember();
    };
    at("lead").addEventListener("change", (event) => change({ lead: Number(event.target.value) }));
    at("earlier").addEventListener("click", () => change({ lead: Math.max(0, state.lead - 1) }));
    at("later").addEventListener("click", () => change({ lead: Math.min(last, state.lead + 1) }));
    at("selection")?.addEventListener("change", ({ target }) =>
      change({ selection: target.value === "none" ? -1 : Number(target.value) }));
    at("closer").addEventListener("click", () => zoom(plot, 1 / 1.6));
    at("wider").addEventListener("click", () => zoom(plot, 1.6));
    at("reset").addEventListener("click", () => plot.reset.emit());
    source.selected.properties.indices.change.connect(() => { at("picked").textContent = describe(source); });
    if (texts.stroke) {
      plot.x_range.properties.end.change.connect(() => widen(map, plot));
      plot.properties.inner_width.change.connect(() => widen(map, plot));
      widen(map, plot);
    }
    show(source, spots);
    document.body.dataset.ready = "yes";
  });
})();
