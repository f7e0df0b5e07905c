"""Passwords are compared beside this process."""
