"""Texts that somebody is working on."""
