// The page's side of crmlab.quiz: native fieldsets, radios, boxes, lists; marked by Python. See page.js.
function render({ model, el }) {
  const id = unique("quiz");
  const captions = model.get("captions");
  const box = make("section", { className: "crmlab quiz", lang: model.get("language") });
  box.setAttribute("aria-labelledby", `${id}-title`);
  box.append(make("h4", { id: `${id}-title`, textContent: captions.title }));
  const list = make("ol", { className: "items" });
  const score = make("p", { className: "score" });
  const verdicts = {};
  const alone = model.get("items").length === 1;

  model.get("items").forEach((item, index) => {
    const legend = make("legend", { textContent: alone ? item.ask : `${index + 1}. ${item.ask}` });
    const set = make("fieldset", {}, legend);
    if (item.kind === "several") set.append(make("p", { textContent: captions.several }));
    const read = parts[item.kind](set, item, `${id}-${index}`, captions);
    const verdict = make("div", { className: "verdict" });
    verdict.setAttribute("role", "status");
    verdicts[item.key] = verdict;
    const check = make("button", { type: "button", textContent: captions.check });
    const mark = () => {
      const answer = read();
      if (answer === null) { verdict.className = "verdict"; verdict.textContent = captions.incomplete; return; }
      verdict.textContent = "";
      model.set("answers", { ...model.get("answers"), [item.key]: answer });
      model.save_changes();
      tell();
    };
    check.addEventListener("click", mark);
    set.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); mark(); }
    });
    list.append(make("li", {}, set, make("div", { className: "bar" }, check), verdict));
  });
  box.append(list, score);
  show(el, box);

  const tell = () => {
    for (const [key, verdict] of Object.entries(model.get("verdicts"))) {
      const node = verdicts[key];
      node.className = `verdict ${verdict.right ? "right" : "wrong"}`;
      node.replaceChildren(make("strong", { textContent: `${verdict.right ? "✓ " + captions.right : "✗ " + captions.wrong} ` }));
      if (verdict.why.length === 1) node.append(verdict.why[0]);
      else node.append(make("ul", {}, ...verdict.why.map((text) => make("li", { textContent: text }))));
    }
    score.textContent = model.get("score");
  };
  model.on("change:verdicts", tell);
  model.on("change:score", tell);
  tell();
  return () => { model.off("change:verdicts", tell); model.off("change:score", tell); };
}

// Each kind fills its fieldset and returns a function that reads the answer, null where it is not complete.
const parts = {
  choice: (set, item, id) => options(set, item, id, "radio"),
  several: (set, item, id) => options(set, item, id, "checkbox"),
  number(set, item, id, captions) {
    const input = make("input", { type: "number", step: "any", id });
    set.append(make("label", { htmlFor: id, textContent: `${captions.number}: ` }), input, ` ${item.unit}`);
    return () => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null);
  },
  order(set, item, id, captions) {
    const positions = item.items.map((_, position) => String(position + 1));
    const selects = item.items.map((text, row) => select(set, `${id}-${row}`, text, positions, captions));
    return () => {
      if (selects.some((node) => node.value === "")) return null;
      const order = Array(selects.length).fill(-1);
      selects.forEach((node, shown) => { order[Number(node.value)] = shown; });
      return order;
    };
  },
  match(set, item, id, captions) {
    const selects = item.lefts.map((text, row) => select(set, `${id}-${row}`, text, item.rights, captions));
    return () => (selects.some((node) => node.value === "") ? null : selects.map((node) => Number(node.value)));
  },
};

function options(set, item, id, type) {
  const inputs = item.options.map((text, place) => {
    const input = make("input", { type, name: id, value: place });
    set.append(make("label", { className: "option" }, input, make("span", { textContent: text })));
    return input;
  });
  return () => {
    const chosen = inputs.flatMap((input, place) => (input.checked ? [place] : []));
    return chosen.length ? chosen : null;
  };
}

function select(set, id, text, choices, captions) {
  const node = make("select", { id }, make("option", { value: "", textContent: `– ${captions.choose} –` }),
    ...choices.map((label, value) => make("option", { value, textContent: label })));
  set.append(make("div", { className: "row" }, make("label", { htmlFor: id, textContent: text }), node));
  return node;
}

export default { render };
