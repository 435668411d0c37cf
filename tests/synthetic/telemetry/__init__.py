"""Telemetry of systems made up here, in the forms that monitoring really gives, and the plain methods to beat. Imports no rule."""
