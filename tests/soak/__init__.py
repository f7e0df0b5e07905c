"""Long runs, by hand: `make soak`, or `python -m tests.soak` with a size of one's own."""
