"""The Kubernetes hand."""
