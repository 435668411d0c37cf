"""Small clusters made by code that imports no rule, and for each cause one that has it and one that only looks so."""
