"""The protocol: request, response, tokens, grants, claims, UserInfo, discovery, keys. Decides nothing about proofs."""
