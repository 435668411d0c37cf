"""The law: rules as data, read and checked whole at the start, and the small pure functions that apply them."""
