// The page's side of crmlab's rating form: native fieldsets, radios, boxes; checked and saved by Python. See page.js.
function render({ model, el }) {
  const id = unique("rating");
  const captions = model.get("captions");
  const box = make("section", { className: "crmlab quiz rating", lang: model.get("language") });
  box.setAttribute("aria-labelledby", `${id}-title`);
  box.append(make("h4", { id: `${id}-title`, textContent: captions.title }), make("p", { textContent: captions.quiet }));
  const wide = { display: "block", width: "100%", maxWidth: "30em", margin: "2px 0 10px", padding: "6px 8px", font: "inherit",
    color: "var(--ink)", background: "var(--paper)", border: "1px solid var(--soft)", borderRadius: "5px" };
  let count = 0;

  const field = (tag, caption, into) => {
    const node = make(tag, { id: `${id}-${count++}` });
    if (tag === "input") node.type = "text";
    Object.assign(node.style, wide);
    node.dataset.lmSuppressShortcuts = "true";
    into.append(make("label", { htmlFor: node.id, textContent: caption, style: "font-weight: 600" }), node);
    return node;
  };
  const choice = (ask, options, into) => {
    const name = `${id}-${count++}`;
    const set = make("fieldset", {}, make("legend", { textContent: ask }));
    const inputs = options.map(([text, value]) => {
      const input = make("input", { type: "radio", name, value });
      set.append(make("label", { className: "option" }, input, make("span", { textContent: text })));
      return input;
    });
    set.style.margin = "0 0 14px";
    into.append(set);
    return { set, read: () => inputs.find((input) => input.checked)?.value ?? null,
      clear: () => inputs.forEach((input) => { input.checked = false; }) };
  };

  const plays = model.get("plays");
  const head = make("div");
  const who = {};
  if (plays.length) {
    who.play = field("select", captions.play, head);
    who.play.append(make("option", { value: "", textContent: captions.choose }));
    for (const one of plays) who.play.append(make("option", { value: one.session, textContent: one.text }));
  } else {
    for (const name of ["session", "agent", "rater"]) who[name] = field("input", captions[name], head);
    who.rater.value = model.get("rater");
    who.role = choice(captions.role, model.get("roles"), head);
  }
  const role = () => (plays.length ? plays.find((one) => one.session === who.play.value)?.role : who.role.read()) ?? null;

  const rated = make("div");
  const heardPart = make("div");
  const levels = {};
  for (const item of model.get("criteria")) levels[item.name] = choice(item.ask, item.options, rated);
  const errors = {};
  if (model.get("errors").length) {
    const set = make("fieldset", { style: "margin: 0 0 14px" }, make("legend", { textContent: captions.errors }));
    for (const { name, label } of model.get("errors")) {
      const tick = make("input", { type: "checkbox" });
      const quote = make("input", { type: "text", placeholder: captions.quote, hidden: true });
      Object.assign(quote.style, wide, { display: "none", marginLeft: "24px" });
      quote.setAttribute("aria-label", `${label}: ${captions.quote}`);
      tick.addEventListener("change", () => { quote.style.display = tick.checked ? "block" : "none"; quote.hidden = !tick.checked; });
      set.append(make("label", { className: "option" }, tick, make("span", { textContent: label })), quote);
      errors[name] = { tick, quote };
    }
    rated.append(set);
  }
  const heard = choice(model.get("heard").ask, model.get("heard").options, heardPart);
  const rest = make("div");
  const comment = field("textarea", captions.comment, rest);
  comment.rows = 3;
  const button = make("button", { type: "button", textContent: captions.save });
  const result = make("div", { className: "verdict" });
  result.setAttribute("role", "status");
  box.append(head, rated, heardPart, rest, make("div", { className: "bar" }, button), result);

  const turn = () => {
    rated.hidden = role() === null || role() === "customer";
    heardPart.hidden = role() !== "customer";
    rest.hidden = role() === null;
  };
  const anew = () => {
    if (button.disabled) {
      for (const one of [...Object.values(levels), heard]) one.clear();
      for (const { tick, quote } of Object.values(errors)) {
        tick.checked = false;
        quote.value = "";
        tick.dispatchEvent(new Event("change"));
      }
      comment.value = "";
      result.textContent = "";
      button.disabled = false;
    }
    turn();
  };
  head.addEventListener("change", anew);
  button.addEventListener("click", () => {
    result.textContent = "";
    const typed = plays.length ? { play: who.play.value }
      : { session: who.session.value, agent: who.agent.value, rater: who.rater.value, role: role() };
    const held = Object.entries(levels).map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== null);
    const ticked = Object.entries(errors).filter(([, one]) => one.tick.checked).map(([name, one]) => [name, one.quote.value]);
    model.set("answers", { ...typed, levels: Object.fromEntries(held), heard: heard.read(), errors: Object.fromEntries(ticked), comment: comment.value });
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
  });
  show(el, box);
  turn();

  const tell = () => {
    const { text, saved } = model.get("result");
    if (!text) return;
    result.className = `verdict ${saved ? "right" : "wrong"}`;
    result.textContent = text;
    button.disabled = saved;
  };
  model.on("change:answered", tell);
  return () => model.off("change:answered", tell);
}
export default { render };
