"use strict";

const form = document.getElementById("fault");
const wrong = document.getElementById("wrong");

function showFields() {
  for (const label of form.querySelectorAll("[data-for]")) label.hidden = label.dataset.for !== form.fault.value;
}

form.addEventListener("change", showFields);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const entry = { path: form.path.value, fault: form.fault.value, times: form.times.value || null };
  const needed = { late: "seconds", errcode: "errcode", http: "status" }[entry.fault];
  if (needed) entry[needed] = form[needed].value;
  const answer = await fetch("/sandbox/faults", { method: "POST", body: JSON.stringify(entry) });
  if (answer.ok) {
    location.reload();
    return;
  }
  wrong.textContent = (await answer.json()).error;
  wrong.hidden = false;
});

document.addEventListener("click", async (event) => {
  const id = event.target.dataset.off;
  if (id === undefined) return;
  await fetch(id ? `/sandbox/faults?id=${id}` : "/sandbox/faults", { method: "DELETE" });
  location.reload();
});

showFields();
