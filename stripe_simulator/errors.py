from typing import Any


class ApiError(Exception):
    """A refusal, in the shape in which Stripe's API answers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        details = {"code": code, "decline_code": decline_code, "param": param}
        self.error = {"type": kind, "message": message}
        self.error |= {name: value for name, value in details.items() if value}

    @property
    def document(self) -> dict[str, Any]:
        return {"error": self.error}


def refused(message: str, **details: Any) -> ApiError:
    return ApiError(400, message, **details)


def missing(kind: str, object_id: str, param: str = "id") -> ApiError:
    return ApiError(404, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def card_error(message: str, code: str, decline_code: str | None = None) -> ApiError:
    return ApiError(402, message, kind="card_error", code=code, decline_code=decline_code)
