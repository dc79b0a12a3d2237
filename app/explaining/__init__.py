"""Explaining: would a member get a message of this plan or broadcast, and if not, what says no?

It is asked with the very functions that the engine, the routes and the sender decide with, and
nothing is used up by asking.
"""
