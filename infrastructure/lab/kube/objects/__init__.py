"""What can be said of Kubernetes objects without a server: pure functions over JSON trees."""
