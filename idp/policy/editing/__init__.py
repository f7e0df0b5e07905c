"""Changing one part of a policy's text and leaving every other character of it as it is."""
