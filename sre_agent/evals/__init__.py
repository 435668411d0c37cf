"""Measurement of the product against recorded incidents."""
