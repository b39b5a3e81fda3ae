"""Handling function list errors: the warnings of a listing, the backend's own and ours."""

from navai import NavaiBackendClient

with NavaiBackendClient() as client:
    result = client.list_functions()

if result.warnings:
    print("Function loading warnings:", result.warnings)
    # [navai] Failed to load backend functions (404).

print(f"Loaded {len(result.functions)} backend functions")
