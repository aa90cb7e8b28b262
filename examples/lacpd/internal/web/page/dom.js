// Small helpers to build and change elements. Nothing here makes markup from text.

const svgNamespace = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...children.filter((c) => c != null));
  return element;
}

/** el makes an HTML element. */
export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** svg makes an SVG element. */
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(svgNamespace, tag), attributes, children);

/** text changes the text of an element if it differs. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** set changes an attribute if it differs. false, null and undefined remove it. */
export function set(element, name, value) {
  if (value === false || value == null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const wanted = value === true ? "" : String(value);
  if (element.getAttribute(name) !== wanted) element.setAttribute(name, wanted);
}

/**
 * sync gives parent one child for each item, in their order. It keeps the children of items
 * that were there before, with their focus and what a user has opened in them.
 */
export function sync(parent, items, keyOf, make, update) {
  const old = parent.views ?? new Map();
  const views = new Map();
  let at = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const view = old.get(key) ?? make(item);
    views.set(key, view);
    old.delete(key);
    update(view, item);
    if (view.root === at) at = at.nextElementSibling;
    else parent.insertBefore(view.root, at);
  }
  for (const view of old.values()) view.root.remove();
  parent.views = views;
}
