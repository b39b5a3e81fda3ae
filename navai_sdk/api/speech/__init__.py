# Generated from openapi/navai-backend.yaml by `make generate`. Never edit by hand: `make check-generated` would fail.
"""Contains endpoint functions for accessing the API"""
