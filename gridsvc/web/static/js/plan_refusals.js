// The service's refusals and findings in the reader's language; grids by their names instead of 15 digits.
import { draft } from "./plan_draft.js";
import { config, number, say, t } from "./plan_page.js";

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
// "Grid {grid} …" becomes a pattern with one named group for what differs.
const patterns = config.refusals.map(([said, told]) => [
  new RegExp(`^${said.split(/(\{\w+\})/).map((part) => (part.startsWith("{") ? `(?<${part.slice(1, -1)}>.+?)` : plain(part))).join("")}$`),
  told,
]);

function named(text) {
  return text.replace(/\b\d{15}\b/g, (code) => draft.title(code)).replace(/\b\d{12}\b/g, (code) => draft.called(code) || code)
    .replace(/, /g, t("and"));
}

/** A refusal as a sentence for this reader; one that nobody translated stays as it was said. */
export function inWords(sentence) {
  for (const [pattern, told] of patterns) {
    const found = pattern.exec(sentence);
    if (found) return told.replace(/\{(\w+)\}/g, (_, name) => named((found.groups || {})[name] || ""));
  }
  return named(sentence); // the service may have said it in this reader's language already
}

const DIGITS = { m: 1, m2: 0 };

/** A finding as a sentence: which grids, what, how much. */
export function findingInWords(one) {
  const names = one.grids.slice(0, 4).map((code) => draft.title(code)).join(t("and"));
  const way = one.kind === "out_of_range" ? (one.figure < 0 ? ".few" : ".many") : "";
  return t(`finding.${one.kind}${way}`, {
    grids: names || one.community || "", figure: number(Math.abs(one.figure), DIGITS[one.unit] || 0), detail: inWords(one.detail || ""),
  });
}

/** Say in one line why something was not done. */
export const complain = (problem) => say(inWords(problem.message), { alarm: true });
