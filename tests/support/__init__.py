"""What tests are made of: a clock, databases, a browser, a relying party, workers."""
