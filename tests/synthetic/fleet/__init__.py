"""A larger application than the shop, and the many ways in which one fault may be seen of it; imports no rule."""
