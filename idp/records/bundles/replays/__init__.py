"""Replays of drafts over the past, as jobs that any process may take up."""
