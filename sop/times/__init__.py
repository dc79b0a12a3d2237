"""Times: when something is due, when nobody is written to, and who is on duty then."""
