"""What happens when something was forgotten or lost, or somebody else was here: resets, recoveries, reports."""
