"""The ways to prove something, one file each, behind one interface; no I/O."""
