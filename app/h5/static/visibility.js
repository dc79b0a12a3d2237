// Which questions of a form are asked, given what has been answered: the same as
// app/domain/insight/visibility.py decides again when the answers come.
globalThis.askedQuestions = (questions, given) => {
  const NUMBER = /^-?[0-9]{1,12}(\.[0-9]{1,4})?$/;
  const compared = (answers, values, sign) =>
    answers.length > 0 &&
    values.length > 0 &&
    NUMBER.test(answers[0]) &&
    NUMBER.test(values[0]) &&
    sign * (Number(answers[0]) - Number(values[0])) >= 0;
  const meets = {
    is_any: (answers, values) => values.some((value) => answers.includes(value)),
    is_none: (answers, values) =>
      answers.length > 0 && !values.some((value) => answers.includes(value)),
    contains: (answers, values) => values.some((value) => answers.some((a) => a.includes(value))),
    at_least: (answers, values) => compared(answers, values, 1),
    at_most: (answers, values) => compared(answers, values, -1),
    answered: (answers) => answers.length > 0,
  };
  const known = new Map();
  for (const { key, shown_if: wanted } of questions) {
    if (wanted && !meets[wanted.operation](known.get(wanted.question) ?? [], wanted.values)) continue;
    const answers = (given[key] ?? []).map((text) => text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""));
    known.set(key, answers.filter((text) => text !== ""));
  }
  return [...known.keys()];
};
