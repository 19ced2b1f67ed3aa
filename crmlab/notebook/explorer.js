// The page's side of crmlab.explore: native inputs, one message for each move, one picture back. See page.js.
function render({ model, el }) {
  const id = unique("explorer");
  const captions = model.get("captions");
  const box = make("section", { className: "crmlab explorer", lang: model.get("language") });
  box.setAttribute("aria-label", model.get("name"));

  const inputs = {};
  const panel = make("fieldset", {}, make("legend", { textContent: captions.parameters }));
  for (const control of model.get("controls")) {
    const range = make("input", { type: "range", id: `${id}-${control.name}`, min: control.low, max: control.high, step: control.step });
    const exact = make("input", { type: "number", step: "any" });
    exact.setAttribute("aria-label", `${control.label} (${control.unit})`);
    range.addEventListener("input", () => move(control.name, range.valueAsNumber));
    const take = () => (Number.isFinite(exact.valueAsNumber) ? move(control.name, exact.valueAsNumber) : paint());
    exact.addEventListener("change", take);
    exact.addEventListener("keydown", (event) => { if (event.key === "Enter") take(); });
    inputs[control.name] = { range, exact, control };
    panel.append(make("div", { className: "control" },
      make("label", { htmlFor: range.id, textContent: control.label }), range,
      make("span", { className: "exact" }, exact, make("span", { className: "unit", textContent: control.unit }))));
  }

  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");
  const image = make("img", { width: 700, height: 420 });
  const words = make("figcaption", { id: `${id}-words` });
  image.setAttribute("aria-describedby", words.id);
  const spoken = make("p", { className: "unseen" });
  spoken.setAttribute("aria-live", "polite");
  const reset = make("button", { type: "button", className: "quiet", textContent: captions.reset });
  reset.addEventListener("click", () => send(Object.fromEntries(model.get("controls").map((c) => [c.name, c.start]))));
  const toggle = make("button", { type: "button", className: "quiet", textContent: captions.table });
  toggle.addEventListener("click", () => { model.set("table_open", !model.get("table_open")); model.save_changes(); });
  const table = make("div", { className: "scroll", tabIndex: 0 });
  table.setAttribute("role", "region");
  table.setAttribute("aria-label", captions.table);

  box.append(panel, problem, make("figure", {}, image, words), make("div", { className: "bar" }, reset, toggle), table, spoken);
  show(el, box);

  const send = (values) => { model.set("values", values); model.save_changes(); };
  const move = (name, value) => send({ ...model.get("values"), [name]: value });

  // a new title comes with its picture; an address that holds the picture itself shows some 8 ms sooner than a blob's
  const draw = () => {
    const { buffer, byteOffset, byteLength } = model.get("picture");
    const bytes = Array.from(new Uint8Array(buffer, byteOffset, byteLength), (byte) => String.fromCharCode(byte));
    image.src = `data:image/png;base64,${btoa(bytes.join(""))}`;
    image.alt = model.get("title");
  };
  let pause;
  const say = () => {
    words.textContent = model.get("words");
    clearTimeout(pause);
    pause = setTimeout(() => { spoken.textContent = model.get("words"); }, 700);
  };
  const paint = () => {
    for (const [name, { range, exact, control }] of Object.entries(inputs)) {
      const value = model.get("values")[name];
      range.value = value;
      range.setAttribute("aria-valuetext", `${value} ${control.unit}`);
      if (document.activeElement !== exact || exact.valueAsNumber !== value) exact.value = value;
    }
  };
  const complain = () => { problem.textContent = model.get("problem"); };
  const tabulate = () => {
    const open = model.get("table_open");
    toggle.setAttribute("aria-expanded", open);
    table.hidden = !open;
    const { head = [], rows = [] } = model.get("table");
    const cells = (row, tag) => make("tr", {}, ...row.map((text) => {
      const cell = make(tag, { textContent: text });
      if (tag === "th") cell.scope = "col";
      return cell;
    }));
    table.replaceChildren(make("table", {}, make("thead", {}, cells(head, "th")), make("tbody", {}, ...rows.map((row) => cells(row, "td")))));
  };

  const watched = { picture: draw, words: say, values: paint, problem: complain, table: tabulate, table_open: tabulate };
  for (const [name, react] of Object.entries(watched)) model.on(`change:${name}`, react);
  draw(); words.textContent = model.get("words"); paint(); complain(); tabulate();
  return () => {
    for (const [name, react] of Object.entries(watched)) model.off(`change:${name}`, react);
    clearTimeout(pause);
  };
}

export default { render };
