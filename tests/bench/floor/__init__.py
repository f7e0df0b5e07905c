"""The floor: the product's answers on the wire, written by hand, with no check of anything.

No client is authenticated, no policy asked, no scope compared, nothing audited. What must be stored is stored, in the
same SQLite with the same durability, and what must be signed is signed. What the product costs beyond this is what its
checks and its order cost.
"""
