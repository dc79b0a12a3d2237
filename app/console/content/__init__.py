"""Pages of what is said and shown: materials, files, articles, radar links, forms, quizzes."""
