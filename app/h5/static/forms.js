// Shows the questions that are asked, as answers are given.
(() => {
  const form = document.querySelector("form[data-questions]");
  if (!form) return;
  const questions = JSON.parse(form.dataset.questions);
  const boxes = new Map(
    [...form.querySelectorAll("[data-question]")].map((box) => [box.dataset.question, box]),
  );
  const given = () => {
    const found = {};
    for (const field of form.querySelectorAll("[data-question] [name]")) {
      const isChosen = !["radio", "checkbox"].includes(field.type) || field.checked;
      if (isChosen && field.type !== "file") (found[field.name] ??= []).push(field.value);
      if (field.type === "file" && field.files.length) (found[field.name] ??= []).push("file");
    }
    return found;
  };
  const show = () => {
    const asked = new Set(askedQuestions(questions, given()));
    for (const [key, box] of boxes) {
      box.hidden = !asked.has(key);
      for (const field of box.querySelectorAll("[name]")) field.disabled = box.hidden;
    }
  };
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show); // what a browser fills in by itself
  show();
})();
