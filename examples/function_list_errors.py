"""Function list errors: listing never raises for what the backend or the network does, but may return warnings."""

from navai import NavaiBackendClient

with NavaiBackendClient() as client:
    result = client.list_functions()

for warning in result.warnings:
    print(warning)

# `error` tells "no backend" from "no functions"
if result.error is not None:
    print(f"The listing failed: {result.error}")
elif not result.functions:
    print("No backend functions available")
