"""The platform as native processes: started apart, each with its own environment, looked after, stopped by pid."""
