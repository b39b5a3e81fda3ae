"""Executing backend functions."""

from navai import NavaiBackendClient, NavaiError

with NavaiBackendClient() as client:
    try:
        result = client.execute_function("create_order", {"items": [{"id": 1, "quantity": 2}], "userId": "123"})
        print("Order created:", result)
    except NavaiError as error:
        print("Function execution failed:", error)
