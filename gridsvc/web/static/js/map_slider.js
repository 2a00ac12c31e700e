// The grids of another day: a slider over the dates on which the territory changed.
const box = document.getElementById("time");
const slider = document.getElementById("time-slider"), said = document.getElementById("time-said");
const on = document.getElementById("on"), within = document.getElementById("in");
const day = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeZone: "UTC" });
const words = JSON.parse(box.dataset.words);
let versions = [];

const told = (text) => day.format(new Date(`${text}T00:00:00Z`));

function place() {
  const index = versions.findLastIndex((one) => one.on <= on.value);
  slider.value = String(Math.max(0, index));
  tell();
}

function tell() {
  const one = versions[Number(slider.value)], next = versions[Number(slider.value) + 1];
  const until = next ? words.until.replace("{day}", told(next.on)) : words.now;
  said.textContent = `${words.from.replace("{day}", told(one.on))} ${until}`;
  slider.setAttribute("aria-valuetext", said.textContent);
}

async function load() {
  const answer = await fetch(`${box.dataset.versions}?in=${within && /^\d+$/.test(within.value) ? within.value : ""}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  versions = (await answer.json()).items;
  box.hidden = versions.length < 2;
  if (box.hidden) return;
  slider.max = String(versions.length - 1);
  const last = versions[versions.length - 1].on;
  if (last > on.max) on.max = last; // what is published for a coming month can be looked at
  place();
}

// The form does the rest: address, list and map follow the date.
slider.addEventListener("input", tell);
slider.addEventListener("change", () => {
  const { on: from } = versions[Number(slider.value)];
  on.value = from < on.min ? on.min : from;
  on.dispatchEvent(new Event("change", { bubbles: true }));
});
on.addEventListener("change", () => { if (versions.length) place(); });
if (within) within.addEventListener("change", () => load().catch(() => {}));
load().catch(() => {});
