"""Addresses that are being proved: a code is on its way to them."""
