"""Passkeys (F6): WebAuthn credentials as one factor among the others (Web Authentication Level 3).

`factor` is the factor itself; `registration` and `assertion` check the two ceremonies, behind the library's checks and
with those it leaves to us; `answers` reads what a browser sends; `attestation` and `metadata` say which authenticators
are proven to be what they claim; `names` is what people call them.
"""
