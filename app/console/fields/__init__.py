"""What a form of the console says, read as a tree, and the numbers in it."""
