"""The REST and GraphQL faces of the forge: thin handlers, pure shapes."""
