"""kube-scheduler: which node a pending pod goes to, and what is said when none fits."""
