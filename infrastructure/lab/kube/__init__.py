"""A small Kubernetes of the lab's own: API server, controllers, scheduler and kubelets in one process."""
