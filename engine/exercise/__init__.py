"""What the stored cases exercise of a rule base, and what they would not notice if it changed."""
