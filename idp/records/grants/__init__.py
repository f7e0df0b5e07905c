"""What was granted: authorization codes, access tokens, and the evidence they rest on."""
