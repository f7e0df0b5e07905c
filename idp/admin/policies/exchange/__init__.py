"""Policies as files: taken away as they were written, brought in as drafts, each version to be read."""
