"use strict";
// What lies over the map: the card, the sentence after a failure, the hover. Text only, no HTML.
(function () {
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // An address that stays on this host: "//other" and "/\other" do not.
  const isOwn = (href) => typeof href === "string" && /^\/(?![/\\])/.test(href);

  function cardContent(answer, close) {
    const head = element("div", "gridsvc-card-head");
    head.append(element("h2", "", answer.title), close);
    const facts = element("dl");
    for (const fact of answer.facts) {
      facts.append(element("dt", "", fact.label), element("dd", "", fact.value));
    }
    const verbs = element("p", "gridsvc-card-verbs");
    for (const link of answer.links.filter((one) => isOwn(one.href))) {
      const anchor = element("a", "", link.label);
      anchor.href = link.href;
      verbs.append(anchor);
    }
    return [head, facts, verbs];
  }

  function over(map, className) {
    const panel = element("div", className);
    panel.hidden = true;
    map.getContainer().append(panel);
    L.DomEvent.disableClickPropagation(panel);
    L.DomEvent.disableScrollPropagation(panel);
    return panel;
  }

  // A mark that is nowhere on the map is one thing less to read.
  function showMarks(legend, { class: classes, flags }, findings) {
    const { FUNCTIONAL, MASKED, NO_DATA, OUT_OF_RANGE } = window.gridsvcPaint;
    const seen = {
      no_data: classes.includes(NO_DATA),
      masked: classes.includes(MASKED),
      outline: flags.some((one) => one & OUT_OF_RANGE),
      functional: flags.some((one) => one & FUNCTIONAL),
      findings: Boolean(findings && findings.features.length),
    };
    for (const [mark, present] of Object.entries(seen)) {
      const swatch = legend.querySelector(`i.${mark}`);
      if (swatch) swatch.parentElement.hidden = !present;
    }
  }

  function showInstant(time, instant, timeZone) {
    time.dateTime = instant;
    // Swedish writes 2026-11-22 16:30, as the pages and the prints do.
    time.textContent = new Date(instant).toLocaleString(
      "sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: timeZone || undefined });
  }

  window.gridsvcPanels = {
    element,
    legend(map, texts, timeZone) {
      const legend = map.getContainer().querySelector(".gridsvc-legend");
      return {
        show(figures, heat, findings) {
          showMarks(legend, figures.grids, findings);
          showInstant(legend.querySelector("time"), figures.as_of, timeZone);
          if (!heat) return;
          legend.querySelector(".bandwidth").textContent =
            texts["density.bandwidth"].replace("{metres}", heat.bandwidth_m);
          legend.querySelector(".hidden").textContent =
            heat.hidden ? texts["density.hidden"].replace("{count}", heat.hidden) : "";
        },
      };
    },
    card(map, texts, onClose) {
      const panel = over(map, "gridsvc-card");
      panel.setAttribute("aria-live", "polite");
      const close = element("button", "", "×");
      close.type = "button";
      close.setAttribute("aria-label", texts.close);
      close.addEventListener("click", onClose);
      map.getContainer().addEventListener("keydown", (event) => {
        if (event.key === "Escape" && !panel.hidden) onClose();
      });
      return {
        wait(title) {
          panel.replaceChildren(element("p", "gridsvc-card-wait", title || texts.loading));
          panel.hidden = false;
        },
        show(answer) { panel.replaceChildren(...cardContent(answer, close)); },
        hide() { panel.hidden = true; },
      };
    },
    message(map) {
      const panel = over(map, "gridsvc-message");
      panel.setAttribute("role", "status");
      return {
        show(text) { panel.textContent = text; panel.hidden = false; },
        hide() { panel.hidden = true; },
      };
    },
    hover(map) {
      const tip = L.tooltip({ direction: "top", offset: [0, -8], className: "gridsvc-hover" });
      return {
        show(latlng, text) { tip.setLatLng(latlng).setContent(element("span", "", text)).addTo(map); },
        hide() { tip.remove(); },
      };
    },
  };
})();
