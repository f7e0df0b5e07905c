"""The interaction: from what is asked to what was proved, one step at a time. Knows no protocol and no caller."""
