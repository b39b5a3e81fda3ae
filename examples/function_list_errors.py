"""Function list errors: listing never raises for what the backend or the network does; it warns."""

from navai import NavaiBackendClient

with NavaiBackendClient() as client:
    result = client.list_functions()

for warning in result.warnings:
    print(f"Function loading warning: {warning}")

# `error` tells "no functions" from "no backend"
if result.error is not None:
    print(f"The listing failed: {result.error}")
elif not result.functions:
    print("No backend functions available")
else:
    print(f"Loaded {len(result.functions)} backend functions")
