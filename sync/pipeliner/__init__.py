"""Pipeliner CRM: its endpoints, what its answers mean, and our own fields in a space."""
