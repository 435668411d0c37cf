"""The law: small pure rules."""
