"""Harbor Bank: an ordinary application that relies on the provider, over HTTP like any stranger's."""

NAME = "Harbor Bank"
"""In every language."""
