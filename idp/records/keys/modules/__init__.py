"""Where the private halves of signing keys live: in the database, or in a module that never gives them away."""
