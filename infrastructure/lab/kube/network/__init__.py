"""Cluster DNS, kube-proxy and the addresses pods get."""
