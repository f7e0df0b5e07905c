"""People, and the credentials they prove themselves with."""
