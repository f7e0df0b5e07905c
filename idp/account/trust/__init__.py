"""The browsers that a person trusts, as they see them."""
