"""The first run: whoever brings the token that `idp init` printed becomes the first owner (A8)."""
