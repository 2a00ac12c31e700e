"use strict";
// The doors of a grid as buttons, by building, and what came up as counts.
(function () {
  function element(tag, className, text) {
    const made = Object.assign(document.createElement(tag), { className });
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function button(text, className, pressed) {
    const made = Object.assign(element("button", className, text), { type: "button" });
    made.addEventListener("click", pressed);
    return made;
  }

  // `doors` maps a building's code to the set of numbers reached; `changed` is told of every tap.
  window.gridsvcDoors = function (box, say, changed) {
    let drawn = "", shows = [];

    function drawOne(building, doors, open) {
      const block = element("details", "");
      const count = element("span", "");
      const chosen = () => doors.get(building.code) || new Set();

      function put(numbers) {
        if (numbers.size) doors.set(building.code, numbers);
        else doors.delete(building.code);
        show();
        changed();
      }

      function toggle(number) {
        const numbers = new Set(chosen());
        if (!numbers.delete(number)) numbers.add(number);
        put(numbers);
      }

      function show() {
        count.textContent = say("doors.of", { count: chosen().size, all: building.dwellings });
        count.className = chosen().size ? "some" : "";
        for (const one of block.querySelectorAll("[data-door]")) {
          one.setAttribute("aria-pressed", String(chosen().has(Number(one.dataset.door))));
        }
      }

      // A tower has hundreds of doors: they are drawn when somebody stands before it.
      function fill() {
        if (!block.open || block.querySelector("[data-door]")) return;
        const reached = new Set(building.reached), buttons = element("div", "visit-buttons");
        for (let number = 1; number <= building.dwellings; number++) {
          const before = reached.has(number);
          const one = button(String(number), before ? "before" : "", () => toggle(number));
          one.dataset.door = number;
          one.setAttribute("aria-label", say(before ? "door.before" : "door", { number }));
          buttons.append(one);
        }
        const every = Array.from({ length: building.dwellings }, (_, i) => i + 1);
        const link = element("a", "", say("doors.report"));
        link.href = `/report#at=${building.at.join(",")}`;
        const verbs = element("p", "visit-verbs");
        verbs.append(button(say("doors.all"), "second", () => put(new Set(every))),
          button(say("doors.none"), "second", () => put(new Set())), link);
        block.append(buttons, verbs);
        show();
      }

      const head = element("summary", "");
      head.append(element("b", "", building.name), count);
      block.append(head);
      block.addEventListener("toggle", fill);
      block.dataset.building = building.code;
      block.open = open.has(building.code);
      fill();
      show();
      shows.push(show);
      return block;
    }

    // Doors that come anew from the service do not close the building somebody stands before, and
    // where they are the same ones, no button goes from under the finger.
    function draw(buildings, doors) {
      const told = JSON.stringify(buildings);
      if (told === drawn) { for (const show of shows) show(); return; }
      drawn = told;
      shows = [];
      const open = new Set([...box.querySelectorAll("details[open]")].map((one) => one.dataset.building));
      box.replaceChildren(...buildings.map((one) => drawOne(one, doors, open)));
    }
    return { draw };
  };

  window.gridsvcTopics = function (box, topics, say, changed) {
    const counts = {};
    const rows = topics.map(({ code, name }) => {
      const row = element("li", ""), told = element("b", "", "0");
      const add = (step) => () => {
        counts[code] = Math.max(0, (counts[code] || 0) + step);
        show();
        changed();
      };
      const fewer = button("−", "second", add(-1)), more = button("+", "second", add(1));
      fewer.setAttribute("aria-label", say("less", { topic: name }));
      more.setAttribute("aria-label", say("more", { topic: name }));
      row.append(element("span", "", name), fewer, told, more);
      box.append(row);
      return { code, told, fewer };
    });
    function show() {
      for (const { code, told, fewer } of rows) {
        told.textContent = String(counts[code] || 0);
        fewer.disabled = !counts[code];
      }
    }
    show();
    return {
      get told() { return Object.fromEntries(Object.entries(counts).filter(([, count]) => count)); },
      fill(given) {
        for (const code of Object.keys(counts)) delete counts[code];
        Object.assign(counts, given);
        show();
      },
    };
  };
})();
