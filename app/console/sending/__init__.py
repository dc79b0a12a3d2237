"""Pages of what goes to many: broadcasts, mass messages, staff messages, moments; and the manners
that hold for all of it."""
