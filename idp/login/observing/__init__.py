"""What is seen of a sign-in: places, providers, address lists, the kind of browser."""
