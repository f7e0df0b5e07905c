"""Replays on the console: asked for on a page, run beside the requests by any process, watched from anywhere."""
