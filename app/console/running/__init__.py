"""Pages of the house itself: the pipeline, the limits, its operators and what they did."""
