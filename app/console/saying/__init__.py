"""The program's codes, causes and names in an operator's words, for every page."""
