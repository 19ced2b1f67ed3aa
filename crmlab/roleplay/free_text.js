// The page's side of crmlab.free_text: the customer's words, a field, a button; looked through by Python. See page.js.
function render({ model, el }) {
  const id = unique("free-text");
  const captions = model.get("captions");
  const box = make("section", { className: "crmlab free-text", lang: model.get("language") });
  box.setAttribute("aria-labelledby", `${id}-title`);
  box.append(make("h4", { id: `${id}-title`, textContent: captions.title }));
  if (model.get("customer")) {
    const words = make("blockquote", { textContent: model.get("customer") });
    Object.assign(words.style, { margin: "8px 0 14px", padding: "8px 14px", borderLeft: "4px solid var(--accent)", whiteSpace: "pre-wrap" });
    box.append(make("p", { textContent: captions.customer, style: "margin: 0; font-weight: 600" }), words);
  }

  const field = make("textarea", { id, rows: 4, value: model.get("reply") });
  Object.assign(field.style, { display: "block", width: "100%", margin: "4px 0 0", padding: "8px", font: "inherit",
    color: "var(--ink)", background: "var(--paper)", border: "1px solid var(--soft)", borderRadius: "6px", resize: "vertical" });
  field.dataset.lmSuppressShortcuts = "true";
  field.setAttribute("aria-describedby", `${id}-keys`);
  const button = make("button", { type: "button", textContent: captions.look });
  const result = make("div", { className: "result" });
  result.setAttribute("role", "status");
  result.style.marginTop = "10px";

  const look = () => {
    result.textContent = ""; // so that a screen reader is told even where the same is found again
    model.set("reply", field.value);
    model.set("asked", model.get("asked") + 1);
    model.save_changes();
  };
  button.addEventListener("click", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); look(); }
  });
  box.append(
    make("label", { htmlFor: id, textContent: captions.reply, style: "font-weight: 600" }), field,
    make("div", { className: "bar" }, button),
    make("p", { id: `${id}-keys`, textContent: captions.keys, style: "margin: 6px 0 0; color: var(--soft)" }), result,
  );
  show(el, box);

  const tell = () => { result.innerHTML = model.get("result"); }; // made by Python, which escapes what was written
  model.on("change:answered", tell);
  tell();
  return () => model.off("change:answered", tell);
}
export default { render };
