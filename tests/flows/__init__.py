"""Through the front door: a browser and a relying party, from /authorize to tokens."""
