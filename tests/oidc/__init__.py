"""The tests of `idp.oidc`."""
