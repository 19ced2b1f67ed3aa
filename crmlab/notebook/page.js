// What explorer and quiz share; Python puts it before either of them.
const make = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

const unique = (kind) => `crmlab-${kind}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;

// Show a widget's box. Its keys are its own: JupyterLab's shortcuts (arrows, Enter) would take them first,
// and they look at the element that has the focus, so each carries the mark.
function show(el, box) {
  for (const node of box.querySelectorAll("input, select, button, [tabindex]")) node.dataset.lmSuppressShortcuts = "true";
  el.append(box);
  hideStill(el);
}

// The still picture that stands in the cell for readers without a kernel makes room for the living one.
function hideStill(el) {
  requestAnimationFrame(() => {
    const area = el.closest(".jp-OutputArea");
    for (const still of area?.querySelectorAll(".crmlab-still") ?? []) still.closest(".jp-OutputArea-child").style.display = "none";
  });
}

