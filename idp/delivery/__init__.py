"""Delivery: carries what lies in the outbox to people, after the commit, through the operator's gateways.

It knows messages and carriers, and nothing of who is signing in. Network I/O is its own: it never holds a transaction
while it talks to a gateway.
"""
