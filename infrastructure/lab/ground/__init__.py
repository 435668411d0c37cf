"""What stands in the cluster before the shop does: namespaces, accounts and their rights, credentials."""
