"""The command line, in this process and on a database of each test's own."""
