"use strict";
// The extra questions of a category, in the service's own types; answered without a network too.
(function () {
  const FIELDS = {
    string: () => input("text", { maxLength: 200 }),
    text: () => Object.assign(document.createElement("textarea"), { rows: 2, maxLength: 500 }),
    number: () => input("text", { inputMode: "decimal", pattern: "-?[0-9]+([.,][0-9]+)?", maxLength: 20 }),
    datetime: () => input("datetime-local"),
  };

  function input(type, more = {}) {
    return Object.assign(document.createElement("input"), { type, ...more });
  }

  function labelled(text, field, className) {
    const label = document.createElement("label");
    if (className) label.className = className;
    label.append(...(className ? [field, text] : [text, field]));
    return label;
  }

  function choices(one, type) {
    const box = document.createElement("fieldset");
    box.append(Object.assign(document.createElement("legend"), { textContent: one.prompt }));
    for (const { key, name } of one.choices) {
      const field = input(type, { name: `answer.${one.code}`, value: key });
      box.append(labelled(name, field, "tick"));
    }
    return box;
  }

  function written(one, fields) {
    if (one.datatype === "multivaluelist") return fields.filter((f) => f.checked).map((f) => f.value);
    if (one.datatype === "singlevaluelist") return (fields.find((f) => f.checked) || {}).value || "";
    const value = fields[0].value.trim();
    if (!value) return "";
    if (one.datatype === "number") return value.replace(",", ".");
    return one.datatype === "datetime" ? new Date(value).toISOString() : value;
  }

  // An instant as the field wants it: in the phone's own time, without a zone.
  function local(instant) {
    const at = new Date(instant);
    return new Date(at - at.getTimezoneOffset() * 6e4).toISOString().slice(0, 16);
  }

  window.gridsvcQuestions = function (page, box, changed) {
    let asked = [];
    const fields = (one) => [...box.querySelectorAll(`[name="answer.${one.code}"]`)];

    function draw(one) {
      if (one.datatype.endsWith("list")) {
        return choices(one, one.datatype === "multivaluelist" ? "checkbox" : "radio");
      }
      const field = Object.assign(FIELDS[one.datatype](), { name: `answer.${one.code}` });
      return labelled(one.required ? one.prompt : page.say("optional", { question: one.prompt }), field);
    }

    box.addEventListener("input", changed);
    return {
      ask(questions) {
        if (questions === asked) return;
        asked = questions;
        box.replaceChildren(...asked.map(draw));
        box.hidden = !asked.length;
      },
      get answers() {
        const all = asked.map((one) => [one.code, written(one, fields(one))]);
        return Object.fromEntries(all.filter(([, answer]) => answer.length));
      },
      fill(answers) {
        for (const one of asked.filter(({ code }) => code in answers)) {
          const given = [answers[one.code]].flat();
          for (const field of fields(one)) {
            if (field.type === "radio" || field.type === "checkbox") field.checked = given.includes(field.value);
            else field.value = one.datatype === "datetime" ? local(given[0]) : given[0];
          }
        }
      },
      // What is required and not answered, or answered with what is no number.
      get gap() {
        const { answers } = this;
        return asked.find((one) => (one.required && !(one.code in answers))
          || fields(one).some((field) => !field.checkValidity())) || null;
      },
    };
  };
})();
