"""What is on its way to webhooks."""
