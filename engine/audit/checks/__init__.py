"""What is asked of a rule base, one module a family: what to look for, and what its being met means."""
