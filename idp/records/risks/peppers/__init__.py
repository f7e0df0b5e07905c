"""What hashes of risk are keyed with: a new one each year, the last one kept until nothing hangs on it."""
