"""FastAPI: the app has one client, from its start to its end.

    NAVAI_API_URL=... uvicorn examples.fastapi_app:app

Needs the packages fastapi and uvicorn.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from navai import AsyncNavaiBackendClient, NavaiError


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Any]]:
    async with AsyncNavaiBackendClient(deadline=10) as client:
        yield {"navai": client}  # becomes request.state.navai


app = FastAPI(lifespan=lifespan)


def navai(request: Request) -> AsyncNavaiBackendClient:
    client: AsyncNavaiBackendClient = request.state.navai
    return client


Client = Annotated[AsyncNavaiBackendClient, Depends(navai)]


@app.post("/session")
async def session(client: Client) -> dict[str, Any]:
    secret = await client.create_client_secret()
    return {"value": secret.value, "expires_at": secret.expires_at}


@app.post("/orders")
async def order(order: dict[str, Any], client: Client) -> Any:
    return await client.execute_function("create_order", order)


@app.exception_handler(NavaiError)
async def failed(_: Request, error: NavaiError) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=502)
