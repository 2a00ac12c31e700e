// What every part of the desk uses: the page's words, its settings, and elements made of text alone.
export const config = JSON.parse(document.getElementById("plan-config").textContent);

export function t(key, fields = {}) {
  const sentence = config.texts[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => fields[name] ?? "");
}

// Children are elements or text; nothing that people wrote is ever read as HTML.
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);
export const fill = (place, ...children) => place.replaceChildren(...children.flat(Infinity).filter(Boolean));

const language = document.documentElement.lang || undefined;
const whole = new Intl.NumberFormat(language);
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: config.time_zone });
const minute = new Intl.DateTimeFormat(language, {
  dateStyle: "medium", timeStyle: "short", timeZone: config.time_zone,
});
export const number = (value, digits = 0) => (value === null || value === undefined ? "–"
  : digits ? value.toFixed(digits) : whole.format(value));
export const percent = (share, digits = 0) =>
  (share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`);
export const onDay = (text) => (text ? day.format(new Date(`${text.slice(0, 10)}T12:00:00Z`)) : "–");
export const at = (instant) => el("time", { datetime: instant }, minute.format(new Date(instant)));

export function button(label, press, props = {}) {
  return el("button", { type: "button", onclick: press, ...props }, label);
}

// One line for what just happened or what to do; a screen reader hears it.
export function say(text, { alarm = false, action = null } = {}) {
  const place = byId("plan-said");
  fill(place, el("span", {}, text), action);
  place.classList.toggle("fault", alarm);
  place.hidden = !text;
}
