"""Who asks, and whether they may: certificates, ServiceAccount tokens and RBAC."""
