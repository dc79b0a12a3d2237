"use strict";
// The page of a corp: a button does what it says, with what its form has filled in.

const outcome = document.getElementById("outcome");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.account) return;
  event.preventDefault();
  const entry = Object.fromEntries(new FormData(form));
  entry.do = event.submitter.value;
  entry.account = form.dataset.account;
  const answer = await fetch("/sandbox/act", { method: "POST", body: JSON.stringify(entry) });
  const told = await answer.json();
  if (answer.ok && told.delivered) {
    location.reload();
    return;
  }
  outcome.textContent = told.error || told.answer;
  outcome.hidden = false;
  outcome.scrollIntoView({ block: "center" });
});
