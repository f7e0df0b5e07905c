"""Requests to approve a sign-in on another device."""
