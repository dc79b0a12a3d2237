"use strict";

const words = JSON.parse(document.body.dataset.words);
const code = document.getElementById("scanning");
const outcome = document.getElementById("outcome");

code.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-member]");
  if (!button) return;
  outcome.textContent = words.sending;
  const entry = { account: code.dataset.account, member: button.dataset.member, do: "scan", ticket: code.dataset.ticket };
  const answer = await fetch("/sandbox/act", { method: "POST", body: JSON.stringify(entry) });
  const delivery = await answer.json();
  const chat = document.createElement("a");
  chat.href = button.dataset.chat;
  chat.textContent = words.open_chat;
  outcome.replaceChildren(`${delivery.delivered ? words.scanned : delivery.error || words.not_delivered} · `, chat);
});
