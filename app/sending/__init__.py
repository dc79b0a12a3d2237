"""What is decided about a message on its way: whether it may be sent, when, and what an answer or a
report makes of it. Nothing here sends; ``app.sender`` does."""
