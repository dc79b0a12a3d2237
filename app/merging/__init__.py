"""Merging: two records turn out to be one person, or turn out not to be after all."""
