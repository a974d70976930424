"""OpenID Connect: the provider that vouches for identities."""
