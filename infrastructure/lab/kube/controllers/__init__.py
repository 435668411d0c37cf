"""The loops of kube-controller-manager, each woken by changes and never polling."""
