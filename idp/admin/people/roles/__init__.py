"""Who may do what in the console: roles, given and taken."""
