"""Grant types of the token endpoint, as Authlib calls them."""
