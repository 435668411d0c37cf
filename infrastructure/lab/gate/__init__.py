"""The lab for neighbours in other containers: fixed ports instead of random ones, and a file for each who may come."""
