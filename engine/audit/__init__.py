"""Proofs over every possible case: what is wrong in a rule base, each finding with a case that shows it."""
