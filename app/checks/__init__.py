"""Checks: what is written for members, held against what there is, before it is kept or begun."""
