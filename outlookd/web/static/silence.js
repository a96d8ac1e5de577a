// Shows that the server does not answer, or refuses, until it answers again: htmx tells its events and nobody else.
"use strict";

const line = document.getElementById("silence");

document.addEventListener("htmx:error", () => { line.hidden = false; });
document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx.response.status;
  // A session that has ended leads to the sign-in by itself.
  line.hidden = status < 400 || status === 401;
});
