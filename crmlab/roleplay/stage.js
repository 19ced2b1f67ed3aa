// The page's side of crmlab.RolePlay: a log that only grows, native radios, one message for each reply. See page.js.
function render({ model, el }) {
  const id = unique("role-play");
  const captions = model.get("captions");
  const box = make("section", { className: "crmlab role-play", lang: model.get("language") });
  box.setAttribute("aria-labelledby", `${id}-title`);
  const button = (text, quiet) => make("button", { type: "button", textContent: text, className: quiet ? "quiet" : "" });

  const kind = make("p", { className: "kind" });
  const brief = make("details", { className: "brief", open: true },
    make("summary", { textContent: captions.brief }), make("p", { textContent: model.get("brief") }));

  // before a graded play
  const notes = make("ul");
  const token = make("input", { type: "text", id: `${id}-token`, autocomplete: "off", spellcheck: false });
  const begin = button(captions.begin);
  const gate = make("div", { className: "gate" }, notes,
    make("p", {}, make("label", { htmlFor: token.id, textContent: captions.token }), " ", token),
    make("div", { className: "bar" }, begin));

  const log = make("div", { className: "log", tabIndex: 0 });
  log.setAttribute("role", "log");
  log.setAttribute("aria-live", "polite");
  log.setAttribute("aria-label", captions.log);

  const options = make("div");
  const keys = make("p", { className: "keys", id: `${id}-keys`, textContent: captions.keys });
  const replies = make("fieldset", { tabIndex: -1 }, make("legend", { textContent: captions.reply }), options, keys);
  replies.setAttribute("aria-describedby", keys.id);

  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");
  const say = button(captions.say);
  const back = button(captions.back, true);
  const anew = button(captions.anew, true);
  const write = button(captions.write);
  const comment = make("input", { type: "checkbox", checked: true });
  const comments = make("label", { className: "comment" }, comment, make("span", { textContent: captions.comment }));
  const bar = make("div", { className: "bar" }, say, write, back, anew, comments);

  const handed = make("div", { className: "handed" });
  const working = make("p", { textContent: captions.working });
  const told = make("div");
  const debrief = make("section", { className: "debrief", tabIndex: -1 },
    make("h5", { id: `${id}-debrief`, textContent: captions.debrief }), working, told);
  debrief.setAttribute("aria-labelledby", `${id}-debrief`);
  const spoken = make("p", { className: "unseen" });
  spoken.setAttribute("role", "status");
  box.append(make("h4", { id: `${id}-title`, textContent: captions.title }), kind, brief, gate, log, replies, problem, bar,
    handed, debrief, spoken);

  // what goes to Python: one wish at a time, and only for the turn that stands on the page
  let waiting = false;
  let mine = false; // the last wish came from here, so the focus may be moved
  let patience;
  const wish = (what, more = {}) => {
    if (waiting) return;
    waiting = mine = true;
    problem.textContent = "";
    spoken.textContent = "";
    box.setAttribute("aria-busy", "true");
    patience = setTimeout(() => { problem.textContent = captions.silent; }, 15_000);
    const count = model.get("answered") + 1;
    model.set("asked", { count, do: what, turn: model.get("turn"), ...more });
    model.save_changes();
  };
  const answer = () => {
    clearTimeout(patience);
    waiting = false;
    box.removeAttribute("aria-busy");
    if (problem.textContent === captions.silent) problem.textContent = "";
  };

  const radios = () => [...options.querySelectorAll("input")];
  const chosen = () => radios().find((radio) => radio.checked);
  const choose = (radio) => { radio.checked = true; radio.focus(); say.disabled = false; };
  const speak = () => {
    if (chosen()) wish("say", { letter: chosen().value });
    else problem.textContent = captions.choose;
  };
  say.addEventListener("click", speak);
  begin.addEventListener("click", () => wish("begin", { token: token.value }));
  token.addEventListener("keydown", (event) => { if (event.key === "Enter") begin.click(); });
  for (const [node, what] of [[back, "back"], [anew, "anew"], [write, "write"]]) node.addEventListener("click", () => wish(what));
  comment.addEventListener("change", () => { log.classList.toggle("mute", !comment.checked); });
  options.addEventListener("change", () => { say.disabled = !chosen(); problem.textContent = ""; });
  replies.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const all = radios();
    const meant = all.find((radio) => radio.value === event.key.toLowerCase());
    const ends = { ArrowDown: all[0], ArrowRight: all[0], ArrowUp: all.at(-1), ArrowLeft: all.at(-1) };
    if (meant) choose(meant);
    else if (event.key === "Enter") speak();
    else if (ends[event.key] && !chosen()) choose(ends[event.key]);
    else return;
    event.preventDefault();
    problem.textContent = chosen() ? "" : problem.textContent;
  });

  // what comes from Python
  let shown = [];
  const converse = () => {
    const lines = model.get("lines").map(([who, text]) => JSON.stringify([who, text]));
    let same = 0;
    while (same < lines.length && lines[same] === shown[same]) same += 1;
    while (log.children.length > same) log.lastChild.remove();
    const fresh = lines.slice(same).map((line) => {
      const [who, text] = JSON.parse(line);
      return make("div", { className: `line ${who}` },
        make("span", { className: "who", textContent: captions[who] }), make("p", { textContent: text }));
    });
    log.append(...fresh);
    if (shown.length > lines.length && lines.length && mine) spoken.textContent = captions.taken;
    shown = lines;
    look(fresh);
  };
  // bring what is new into view: all of it where there is room, else the customer's last words before all
  const look = (fresh) => {
    const last = log.lastChild;
    if (!last) return;
    const top = Math.max((fresh[0] ?? last).offsetTop, last.offsetTop + last.offsetHeight - log.clientHeight + 16);
    log.scrollTop = Math.min(top, last.offsetTop) - 8;
  };
  const offer = () => {
    const name = `${id}-${model.get("turn")}`;
    options.replaceChildren(...Object.entries(model.get("replies")).map(([letter, text]) => {
      const radio = make("input", { type: "radio", name, value: letter });
      return make("label", { className: "option" }, radio, make("b", { textContent: `${letter}.` }), make("span", { textContent: text }));
    }));
    say.disabled = true;
  };
  const hand = () => {
    handed.replaceChildren(...model.get("handed").map((text) => make("p", { textContent: text })));
    handed.hidden = !model.get("handed").length;
    write.hidden = !(model.get("phase") === "over" && model.get("debrief") && graded && handed.hidden);
  };
  const tell = () => {
    working.hidden = Boolean(model.get("debrief"));
    told.innerHTML = model.get("debrief"); // made by Python, which escapes what authors wrote
    own(told);
    hand();
    if (mine && model.get("debrief")) spoken.textContent = model.get("summary");
  };
  const graded = model.get("mode") === "graded";
  const paint = () => {
    const phase = model.get("phase");
    kind.textContent = model.get("kind");
    notes.replaceChildren(...model.get("notes").map((text) => make("li", { textContent: text })));
    if (!token.value || model.get("token")) token.value = model.get("token");
    token.readOnly = Boolean(model.get("token"));
    gate.hidden = phase !== "ready";
    log.hidden = phase === "ready";
    replies.hidden = say.hidden = phase !== "play";
    back.hidden = graded || model.get("lines").length < 2;
    anew.hidden = graded ? phase !== "over" : model.get("lines").length < 2;
    comments.hidden = !captions.comment || phase !== "play";
    debrief.hidden = phase !== "over";
    offer();
    converse();
    tell();
    own(box);
    if (!mine) return;
    const target = { ready: token.readOnly ? begin : token, play: replies, over: debrief }[phase];
    target.focus({ preventScroll: true });
    if (phase === "over") log.scrollIntoView({ block: "nearest" });
    else target.scrollIntoView({ block: "nearest" });
  };
  const complain = () => { problem.textContent = model.get("problem"); };

  paint(); complain();
  show(el, box);
  look([]);
  const watched = { turn: paint, debrief: tell, handed: hand, problem: complain, answered: answer };
  for (const [name, react] of Object.entries(watched)) model.on(`change:${name}`, react);
  return () => {
    for (const [name, react] of Object.entries(watched)) model.off(`change:${name}`, react);
    clearTimeout(patience);
  };
}

// Keys pressed in what was put on the page later are the widget's own, too: see show in page.js.
function own(part) {
  for (const node of part.querySelectorAll("input, button, summary, [tabindex]")) node.dataset.lmSuppressShortcuts = "true";
}

export default { render };
