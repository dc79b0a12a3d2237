// What a page needs beyond htmx: a question before what cannot be undone.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// On a phone a wide table is a list: each cell below the other, with its column's name before it.
// A table of rows against columns stays one, and so does one that asks something in its head.
const COLUMNS_MAX = 3;
const nameCells = () => {
  for (const table of document.querySelectorAll(".table-responsive > table")) {
    const names = [...table.querySelectorAll(":scope > thead th")].map((cell) => cell.textContent.trim());
    const isList = !table.querySelector("thead select, thead input, tbody th:not([colspan])");
    if (names.length <= COLUMNS_MAX || !isList) continue;
    table.classList.add("stacks");
    for (const row of table.tBodies[0]?.rows ?? []) {
      if (row.cells.length === names.length) names.forEach((name, at) => (row.cells[at].dataset.label = name));
    }
  }
};
document.addEventListener("DOMContentLoaded", nameCells);
document.addEventListener("htmx:afterSwap", nameCells);

// What is typed while a part of a form is being made anew stays typed.
const typedIn = (part) =>
  new Map(
    [...part.querySelectorAll("input[id], textarea[id]")]
      .filter((field) => !["checkbox", "radio", "hidden"].includes(field.type))
      .map((field) => [field.id, field.value]),
  );
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  detail.xhr.sentValues = typedIn(detail.target);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const sent = detail.xhr.sentValues ?? new Map();
  const isNew = ([id, value]) => sent.has(id) && sent.get(id) !== value;
  detail.xhr.typedSince = [...typedIn(detail.target)].filter(isNew);
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  for (const [id, value] of detail.xhr.typedSince ?? []) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
});
