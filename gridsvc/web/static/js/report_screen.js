"use strict";
// Identity and mobile numbers in a sentence: a warning, never a bar. The rule is the service's own
// (gridsvc/incidents/rules/free_text.py); without looking behind, which older phones cannot read.
(function () {
  const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]; // GB 11643
  const CHECKS = "10X98765432";
  const IDENTITY = /(?:^|\D)([1-9]\d{5}[ -]?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx])(?!\d)/g;
  const MOBILE = /(?:^|[^\d.]|(?:^|\D)\.)(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}[ -]?\d{4}|\d[ -]\d{3}[ -]\d{4})(?!\d)/;

  function holds(number) {
    const digits = number.replace(/[ -]/g, "").toUpperCase();
    const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(digits[i]), 0);
    return CHECKS[sum % 11] === digits[17];
  }

  window.gridsvcScreen = function (text) {
    const plain = text.normalize("NFKC").replace(/[—–]/g, "-");
    return MOBILE.test(plain) || [...plain.matchAll(IDENTITY)].some((hit) => holds(hit[1]));
  };
})();
