// Tells the server, at most once a minute, that somebody is filling in this form: half an hour of choosing is no idleness.
"use strict";

const MINUTE = 60000;
const form = document.querySelector("form[data-alive]");
let told = -MINUTE;

form.addEventListener("input", () => {
  if (performance.now() - told < MINUTE) return;
  told = performance.now();
  // Whether it arrived is told when the form is sent.
  fetch(form.dataset.alive, { method: "POST" }).catch(() => {});
});
