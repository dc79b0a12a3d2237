"""Imports: what the rows of a table are taken for, and what becomes of them.

A file's rows are knowledge, not something that happens: no plan is started by them, and nobody is
told of anything. What they bring names the import as its cause.
"""
