"""meta.k8s.io Tables: what kubectl prints, rendered by the server."""
