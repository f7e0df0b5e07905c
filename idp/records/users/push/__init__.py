"""Browsers that are told of sign-ins that wait for approval."""
