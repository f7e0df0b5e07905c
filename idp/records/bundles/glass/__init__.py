"""Broken glass: publishing without the guards, from this machine, for a while."""
