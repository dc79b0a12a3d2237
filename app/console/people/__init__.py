"""Pages of members, segments and what is known of them."""
