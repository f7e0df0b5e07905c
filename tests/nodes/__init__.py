"""Several nodes behind the shipped proxy, on PostgreSQL: whichever answers, it is one provider."""
