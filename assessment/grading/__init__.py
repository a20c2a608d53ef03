"""Measurements become points."""
