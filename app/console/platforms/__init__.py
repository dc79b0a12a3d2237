"""Pages of the accounts on the platforms, the ways into them, and their groups and staff."""
