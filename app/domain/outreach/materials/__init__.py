"""Materials: what is said again and again, written once, and where it is used."""
