"""Who follows the trail from outside, and how far they have come."""
