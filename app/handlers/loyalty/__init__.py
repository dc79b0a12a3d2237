"""Points, tiers, cards, coupons, rewards, orders and item codes: what events do to them."""
