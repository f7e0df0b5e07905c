"""What people prove themselves with: sealed material, and the counter that only rises."""
