"""Foresight: what limits will do to a plan or a broadcast before it begins."""
