"""Features: columns computed from what was known at each issue time, and the cube that joins them."""
