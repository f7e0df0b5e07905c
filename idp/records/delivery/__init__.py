"""The outbox: messages to be sent after the commit."""
