// What a page needs beyond htmx: a question before what cannot be undone.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

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
