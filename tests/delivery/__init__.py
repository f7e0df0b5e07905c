"""Carriers, couriers and mails."""
