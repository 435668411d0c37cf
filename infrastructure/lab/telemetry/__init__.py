"""How the lab is watched: exporters under the real metric names, Prometheus, Alertmanager, rules and log shipping."""
