"""What is said and understood: pure functions and plain data. No I/O, no clock, no randomness."""
