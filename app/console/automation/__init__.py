"""Pages of keyword rules and of plans: writing them, trying them, watching them."""
