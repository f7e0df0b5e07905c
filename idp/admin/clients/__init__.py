"""Applications, as an administrator registers and changes them."""
