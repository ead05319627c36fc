"""What the server reports when a call fails, as exceptions."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

import grpc
from google.protobuf.message import DecodeError

from wirecopy._proto import details_pb2

if TYPE_CHECKING:
    from wirecopy._proto.wirecopy_pb2 import Error as ErrorMessage
    from wirecopy.messages import Article

_DETAILS = "grpc-status-details-bin"


class WirecopyError(Exception):
    """A call failed. The subclasses are the status codes that the server documents."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN

    def __init__(
        self,
        message: str,
        *,
        status: str | None = None,
        field: str = "",
        reason: str = "",
        retry_after: float | None = None,
        article: Article | None = None,
    ) -> None:
        """Makes an error; `status` only if it is not that of the class."""
        super().__init__(message)
        self.message = message
        #: The name of the status code: "INVALID_ARGUMENT".
        self.status = status or self.code.name
        #: The path of the field at fault ("article.url"); empty if no field is.
        self.field = field
        #: Why the same request fails again ("MESSAGE_TOO_LARGE"); may be empty.
        self.reason = reason
        #: Seconds after which the server asks to retry; None if it does not.
        self.retry_after = retry_after
        #: The article of a stream that was rejected; None if the error concerns no single one.
        self.article = article

    def __str__(self) -> str:
        """Returns the status and the message."""
        return f"{self.status}: {self.message}"


class InvalidArgumentError(WirecopyError):
    """The request is malformed; `field` says where. Do not retry it unchanged."""

    code = grpc.StatusCode.INVALID_ARGUMENT


class NotFoundError(WirecopyError):
    """No article has this id."""

    code = grpc.StatusCode.NOT_FOUND


class OutOfRangeError(WirecopyError):
    """The cursor of a watch is older than the changes kept, or newer than the latest one."""

    code = grpc.StatusCode.OUT_OF_RANGE


class UnauthenticatedError(WirecopyError):
    """The call has no access token, or one that the server does not know or that has expired."""

    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDeniedError(WirecopyError):
    """The access token does not allow this call, or is not for this collection."""

    code = grpc.StatusCode.PERMISSION_DENIED


class ResourceExhaustedError(WirecopyError):
    """A limit of the server; `retry_after` is set if it may pass."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class UnavailableError(WirecopyError):
    """No server answers, or it is shutting down."""

    code = grpc.StatusCode.UNAVAILABLE


class TlsError(UnavailableError):
    """Client and server do not agree on TLS: a certificate is not accepted, or one has no TLS.

    Such a call is not repeated.
    """


class ClosedError(WirecopyError):
    """The client is closed, or was while the call was made."""

    code = grpc.StatusCode.CANCELLED


class DeadlineExceededError(WirecopyError):
    """No reply within the deadline. A write may still take effect; repeating it is safe."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED


class InternalError(WirecopyError):
    """The store of the server failed; see its log."""

    code = grpc.StatusCode.INTERNAL


_BY_CODE: dict[grpc.StatusCode, type[WirecopyError]] = {
    kind.code: kind for kind in WirecopyError.__subclasses__()
}
# Seconds. A reply of a stream has no place for when to try again.
_BUSY_DELAY = 1.0
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def from_rpc(error: grpc.RpcError | grpc.aio.AioRpcError) -> WirecopyError:
    """Returns the exception for the status of a call."""
    assert isinstance(error, (grpc.Call, grpc.aio.AioRpcError))
    code = error.code() or grpc.StatusCode.UNKNOWN
    details = error.details() or ""
    if code is grpc.StatusCode.UNAVAILABLE and (why := _tls_failure(details)):
        return TlsError(why)
    result = _of_code(code, details)
    for key, value in error.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            _add_details(result, value)
    return result


def from_reply(error: ErrorMessage, article: Article) -> WirecopyError:
    """Returns the exception for an article of a stream that was rejected."""
    code = _CODES.get(error.code, grpc.StatusCode.UNKNOWN)
    result = _of_code(code, error.message)
    result.field = error.field
    result.article = article
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        result.retry_after = _BUSY_DELAY
    return result


def _tls_failure(details: str) -> str | None:
    """Returns what is wrong with TLS in the words of gRPC about a connection, if that is it."""
    if "speaks TLS: use https" in details:
        return "the server speaks TLS: use an address that begins with https://"
    if "SSL_ERROR" not in details and "handshaker" not in details:
        return None
    if found := re.search(r"CERTIFICATE_VERIFY_FAILED: ([^:;]+)", details):
        return f"the certificate of the server is not accepted: {found[1].strip()}"
    if "WRONG_VERSION_NUMBER" in details:
        return "the server does not speak TLS: use an address that begins with http://"
    return f"the TLS handshake failed: {details}"


def _of_code(code: grpc.StatusCode, message: str) -> WirecopyError:
    return _BY_CODE.get(code, WirecopyError)(message, status=code.name)


def _add_details(result: WirecopyError, encoded: bytes) -> None:
    with suppress(DecodeError):  # the code and the message say enough
        for detail in details_pb2.Status.FromString(encoded).details:
            match detail.type_url.rpartition("/")[2]:
                case "google.rpc.RetryInfo":
                    retry = details_pb2.RetryInfo.FromString(detail.value)
                    result.retry_after = retry.retry_delay.ToTimedelta().total_seconds()
                case "google.rpc.BadRequest":
                    request = details_pb2.BadRequest.FromString(detail.value)
                    if request.field_violations:
                        result.field = request.field_violations[0].field
                case "google.rpc.ErrorInfo":
                    result.reason = details_pb2.ErrorInfo.FromString(detail.value).reason
