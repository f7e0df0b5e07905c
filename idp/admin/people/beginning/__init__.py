"""What somebody begins with: being added, a ticket, a temporary code."""
