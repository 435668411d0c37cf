"""From a webhook delivery to incidents: identity, grouping and silence as pure rules, with a thin edge."""
